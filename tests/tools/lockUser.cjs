// Told when and for how long, it takes the lock, notes in a log when its work begins and ends, and says that it is done.
const fs = require("node:fs");
const { withLock } = require("../../tools/lock.cjs");

const [file, log] = process.argv.slice(2);
process.on("message", async ({ at, milliseconds }) => {
    // Without sleeping: whoever wants the lock at the same moment as others has to be awake.
    while (Date.now() < at);
    await withLock(file, async () => {
        fs.appendFileSync(log, "begins ");
        await new Promise((resolve) => setTimeout(resolve, milliseconds));
        fs.appendFileSync(log, "ends ");
    });
    process.send("done");
});
