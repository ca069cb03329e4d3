/** @module server/process-flags: what node is told where its process is a server. */

export const SERVER_FLAGS: readonly string[] = [
  // A signal would open a debugger in the process that holds the secrets.
  '--disable-sigusr1',
  // V8's nursery grows to three times 32 MB under load and stays there: with these MiB a server's memory is flat from the second minute on.
  '--max-semi-space-size=16',
]
