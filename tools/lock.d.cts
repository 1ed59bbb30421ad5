export function withLock<T>(
    file: string,
    work: () => T | Promise<T>,
    onWait?: (holder: number) => void,
): Promise<T>;
