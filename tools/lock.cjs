"use strict";

// CommonJS without dependencies, because tools/run.mjs needs it before anything is installed. The TypeScript tools use
// it too.
const { randomUUID } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

/*
 * Lamport's bakery algorithm. Each process that wants the lock has a file beside it, with a number that is higher than
 * all it has found there; the lowest number has the lock. Nobody ever takes or deletes a file whose name another process
 * could use again, so what a killed process leaves can be removed at any time by anybody. (A single lock file cannot be
 * taken over from a killed process: between the look at it and its removal another one may have done so already.)
 */

const POLL_MS = 50;

/** Runs `work` while holding the lock of that name. Calls `onWait` once if another process holds it. */
async function withLock(file, work, onWait = () => undefined) {
    const own = takeNumber(file);
    try {
        let told = false;
        for (let other = before(file, own); other !== undefined; other = before(file, own)) {
            // One without a number has only just come.
            if (!told && other.number > 0) {
                onWait(other.pid);
                told = true;
            }
            await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        }
        return await work();
    } finally {
        fs.rmSync(own.path, { force: true });
    }
}

/** An empty file says that its process is about to take a number. */
function takeNumber(file) {
    const folder = path.dirname(file);
    const own = { path: `${file}.${String(process.pid)}.${randomUUID()}` };
    try {
        makeFolder(folder);
        fs.writeFileSync(own.path, "");
    } catch (error) {
        throw new Error(`The folder ${folder} cannot be written (${error.code}): make it writable.`, {
            cause: error,
        });
    }
    own.number = 1 + Math.max(0, ...others(file, own).map(({ number }) => number));
    fs.writeFileSync(own.path, String(own.number));
    return own;
}

/** By hand: where a file system makes no folders (/proc), Node's own recursion never ends. */
function makeFolder(folder) {
    if (fs.existsSync(folder)) return;
    const parent = path.dirname(folder);
    if (parent !== folder) makeFolder(parent);
    try {
        fs.mkdirSync(folder);
    } catch (error) {
        if (error.code !== "EEXIST") throw error; // made by another in the meantime
    }
}

/** The process to wait for: the next in front, or one whose number is not known yet. */
function before(file, own) {
    return others(file, own)
        .filter(({ number, path: name }) => number < own.number || (number === own.number && name < own.path))
        .sort((a, b) => b.number - a.number)[0];
}

/** All others that want the lock; the number is 0 while they take it. */
function others(file, own) {
    const folder = path.dirname(file);
    const prefix = `${path.basename(file)}.`;
    const found = [];
    for (const name of fs.readdirSync(folder)) {
        const pid = /^(\d+)\.[\da-f-]{36}$/.exec(name.slice(prefix.length))?.[1];
        const entry = path.join(folder, name);
        if (!name.startsWith(prefix) || pid === undefined || entry === own.path) continue;
        if (isAlive(Number(pid))) found.push({ pid: Number(pid), path: entry, number: numberIn(entry) });
        else fs.rmSync(entry, { force: true });
    }
    return found.filter(({ number }) => number !== undefined);
}

function numberIn(entry) {
    try {
        return Number(fs.readFileSync(entry, "utf8"));
    } catch (error) {
        if (error.code === "ENOENT") return undefined; // released in the meantime
        throw error;
    }
}

function isAlive(pid) {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return error.code === "EPERM";
    }
}

module.exports = { withLock };
