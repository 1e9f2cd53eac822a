/** What can only be learned from what the libraries of a device print. */

/** What a library says stands in the way: shared libraries that could not be loaded, drivers that were not found. */
export function problemsInLog(log: string): string[] {
  const found = [...log.matchAll(PROBLEM)].map(([, what]) => what.trim());
  return [...new Set(found)];
}

const PROBLEM =
  /((?:could not load dynamic library|couldn't load vulkan|vkCreateInstance: found no drivers)[^;\n]*)/gi;

/** The GPU that TensorFlow says it computes with; nothing where it names none. */
export function gpuInLog(log: string): { readonly adapter?: string; readonly memory?: string } {
  const [, megabytes, adapter] = GPU.exec(log) ?? [];
  return adapter === undefined ? {} : { adapter, memory: `${(Number(megabytes) / 1000).toFixed(1)} GB` };
}

const GPU = /Created device \S+ with (\d+) MB memory: +-> device: \d+, name: ([^,]+),/;
