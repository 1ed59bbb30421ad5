"use strict";

// CommonJS without dependencies, because tools/run.mjs needs it before anything is installed. The TypeScript tools use
// it too.
const fs = require("node:fs");
const path = require("node:path");

const POLL_MS = 200;

/** A killed holder leaves its file behind, and no process should wait for that. */
function isAlive(pid) {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return error.code === "EPERM";
    }
}

/** Takes the lock, or returns the process ID of its holder. Linking a complete file makes this atomic. */
function tryLock(file) {
    const own = `${file}.${String(process.pid)}`;
    fs.writeFileSync(own, String(process.pid));
    try {
        fs.linkSync(own, file);
        return undefined;
    } catch (error) {
        if (error.code !== "EEXIST") throw error;
        return readHolder(file);
    } finally {
        fs.rmSync(own, { force: true });
    }
}

function readHolder(file) {
    try {
        return Number(fs.readFileSync(file, "utf8"));
    } catch {
        return 0; // released in the meantime: the next attempt decides
    }
}

/** Runs `work` while holding `file`. Calls `onWait` once if another process holds it. */
async function withLock(file, work, onWait = () => undefined) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    let told = false;
    for (let holder = tryLock(file); holder !== undefined; holder = tryLock(file)) {
        if (holder !== 0 && !isAlive(holder)) {
            fs.rmSync(file, { force: true });
            continue;
        }
        if (!told) onWait(holder);
        told = true;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    try {
        return await work();
    } finally {
        fs.rmSync(file, { force: true });
    }
}

module.exports = { withLock };
