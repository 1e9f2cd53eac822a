/** What messages call what a user gives and does. It differs with the way in: a user of the library has no command line. */
export interface Vocabulary {
  /** An option, by its key in the library. */
  option(key: string): string;
  /**
   * What gets data sets into the data folder.
   *
   * @param dataDir the data folder, where it is not the default one
   */
  fetching(names: readonly string[], dataDir?: string): string;
}

/** The names of the library. */
export const LIBRARY: Vocabulary = {
  option: (key) => key,
  fetching: (names, dataDir) =>
    names
      .map((name) => {
        const given = [name, ...(dataDir === undefined ? [] : [dataDir])].map((text) => JSON.stringify(text));
        return `fetchDataset(locateDataset(${given.join(', ')}))`;
      })
      .join(', '),
};

let spoken = LIBRARY;

/** Words the messages of this process for another way in than the library. */
export function speak(vocabulary: Vocabulary): void {
  spoken = vocabulary;
}

/** What messages call an option, by its key in the library. */
export function optionName(key: string): string {
  return spoken.option(key);
}

/** What messages call an option that is a key of configs as well, where they may be about either. */
export function keyOrOption(key: string, value?: string): string {
  const option = optionName(key);
  if (option === key) return value === undefined ? key : `${key}: ${value}`;
  return value === undefined
    ? `${key} in a config, ${option}`
    : `${key}: ${value} in a config, ${option} ${value}`;
}

/** What gets data sets into the data folder, in the words of `Vocabulary.fetching`. */
export function fetching(names: readonly string[], dataDir?: string): string {
  return spoken.fetching(names, dataDir);
}
