import { systemClock } from "../../provider/lifecycle/session";

test("the time-out of a large fleet in small batches, months at most, is not over at once", async () => {
    const over = new AbortController();
    const months = systemClock.sleep(10_000 * 20 * 60_000, over.signal).then(() => "over");
    const moment = systemClock.sleep(20).then(() => "not over");
    await expect(Promise.race([months, moment])).resolves.toBe("not over");
    over.abort(new Error("enough"));
    await expect(months).rejects.toThrow("enough");
});
