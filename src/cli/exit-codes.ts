/** Exit codes of the command line; 0 means that all was done, 128 and the number of a signal that it interrupted the command. */
export const EXIT_FAILED = 1;
/** Bad usage, a bad config, bad data, or something missing on the machine. */
export const EXIT_REFUSED = 2;
/** A worker of a sweep left runs for others, for lack of time or since it was told to end: what the system calls a temporary failure. */
export const EXIT_LEFT = 75;

/** What helps say of the exit codes of a command that signals interrupt. */
export const INTERRUPTED = '130 interrupted (143 by SIGTERM, 129 by SIGHUP)';
