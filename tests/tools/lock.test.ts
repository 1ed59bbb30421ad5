import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { withLock } from "../../tools/lock.cjs";

let file: string;

beforeEach(() => {
    file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "lock-")), "nested", "the.lock");
});

afterEach(() => {
    fs.rmSync(path.dirname(path.dirname(file)), { recursive: true });
});

describe("the lock of the tools", () => {
    it("lets one work at a time, and tells the others whom they wait for", async () => {
        const events: string[] = [];
        const work = (name: string) => async () => {
            events.push(`${name} begins`);
            await new Promise((resolve) => setTimeout(resolve, 20));
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

    it("takes over from a process that is gone", async () => {
        const { pid } = spawnSync(process.execPath, ["-e", ""]);
        fs.mkdirSync(path.dirname(file));
        fs.writeFileSync(file, String(pid));
        await expect(withLock(file, () => "done")).resolves.toBe("done");
    });

    it("is released when the work fails", async () => {
        await expect(withLock(file, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
        await expect(withLock(file, () => "done")).resolves.toBe("done");
    });
});
