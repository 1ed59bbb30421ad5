import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { withLock } from "../../tools/lock.cjs";

let root: string;
let file: string;
const users: ChildProcess[] = [];

beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "lock-"));
    file = path.join(root, "nested", "the.lock");
});

afterEach(() => {
    for (const each of users.splice(0)) each.kill("SIGKILL");
    fs.rmSync(root, { recursive: true });
});

function user(log: string): ChildProcess {
    const started = fork(path.join(__dirname, "lockUser.cjs"), [file, log]);
    users.push(started);
    return started;
}

describe("the lock of the tools", () => {
    it("lets one work at a time, and tells the others whom they wait for", async () => {
        const events: string[] = [];
        const work = (name: string) => async () => {
            events.push(`${name} begins`);
            await setTimeout(20);
            events.push(`${name} ends`);
        };
        await Promise.all([
            withLock(file, work("first")),
            withLock(file, work("second"), (holder) =>
                events.push(`waits for ${String(holder === process.pid)}`),
            ),
        ]);
        expect(events).toEqual([
            "first begins",
            "waits for true",
            "first ends",
            "second begins",
            "second ends",
        ]);
        expect(fs.readdirSync(path.dirname(file))).toEqual([]);
    });

    it("has one holder at a time, and leaves nothing, when six wait for one that is killed", async () => {
        const log = path.join(root, "log");
        const readLog = (): string => (fs.existsSync(log) ? fs.readFileSync(log, "utf8") : "");
        const holder = user(log);
        holder.send({ at: 0, milliseconds: 3_600_000 });
        while (readLog() === "") await setTimeout(10);
        holder.kill("SIGKILL");
        await once(holder, "exit");
        const left = path.join(root, "left");
        fs.renameSync(path.dirname(file), left);

        const waiting = Array.from({ length: 6 }, () => user(log));
        for (let round = 1; round <= 15; round += 1) {
            fs.rmSync(log);
            fs.cpSync(left, path.dirname(file), { recursive: true });
            const done = waiting.map((each) => once(each, "message"));
            const at = Date.now() + 20;
            for (const each of waiting) each.send({ at, milliseconds: 1 });
            await Promise.all(done);
            expect(readLog()).toBe("begins ends ".repeat(waiting.length));
            expect(fs.readdirSync(path.dirname(file))).toEqual([]);
        }
    }, 60_000);

    it("is released when the work fails", async () => {
        await expect(withLock(file, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
        await expect(withLock(file, () => "done")).resolves.toBe("done");
    });

    it("says in one sentence that its folder cannot be written", async () => {
        fs.writeFileSync(path.dirname(file), "a file in place of the folder");
        await expect(withLock(file, () => "done")).rejects.toThrow(
            `The folder ${path.dirname(file)} cannot be written (ENOTDIR): make it writable.`,
        );
    });
});
