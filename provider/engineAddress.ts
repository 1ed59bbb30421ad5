/**
 * The address of the engine in a process that runs the provider; undefined in all others. The engine starts the
 * dynamic-provider server with it as the only argument. This file is loaded on an older Node too, and uses nothing newer.
 */
export const engineAddress = /^[\w.[\]:-]+:\d+$/.exec(process.argv[2] ?? "")?.[0];
