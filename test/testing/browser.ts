import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** Milliseconds that the page may take to do something on a busy machine, less than a test may. */
const PATIENCE = 50_000;

/** Whether there is Debian's browser to open a page with; elsewhere the tests that need it are skipped. */
export const HAS_BROWSER = existsSync(CHROMIUM);

/** Starts the browser. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: QUIET });
}

/**
 * Opens the page of a report and waits for its tables.
 *
 * @param complaints gets what the page writes to the console, the errors in it, and all it asks for beside itself
 */
export async function openReport(browser: Browser, file: string, complaints: string[]): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  const { href } = pathToFileURL(file);
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (request.url() !== href) complaints.push(request.url());
  });
  await page.goto(href);
  await page.waitForSelector('#runs .tabulator-row');
  return page;
}

/**
 * Clicks on what makes the page fire an event, and waits until its listeners have been called: a browser fires these some time after the
 * click, and what they draw or scroll would come between the steps of a test.
 */
export async function clickFor(event: 'toggle' | 'hashchange', target: Locator): Promise<void> {
  const heard = target
    .page()
    .evaluate(
      `new Promise((heard) => addEventListener('${event}', () => heard(), { capture: true, once: true }))`,
    );
  await Promise.all([heard, target.click()]);
}
