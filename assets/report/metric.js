/** Which metric the page's tables show: `auroc` or `averagePrecision`. */

export const metric = () => document.body.dataset.metric;

/** Shows another metric in all tables. */
export function setMetric(name) {
  const choice = document.querySelector(`[name="metric"][value="${CSS.escape(name)}"]`);
  if (!choice) return;
  choice.checked = true;
  document.body.dataset.metric = name;
  document.dispatchEvent(new Event('metric'));
}

/** Calls back whenever another metric is chosen. */
export function onMetric(callback) {
  document.addEventListener('metric', callback);
}
