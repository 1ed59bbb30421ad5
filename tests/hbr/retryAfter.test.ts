import { retryAfterOf } from "../../provider/hbr/transport";

const DATE = "Wed, 21 Oct 2026 07:28:00 GMT";

test.each([
    [{}, undefined],
    [{ "x-acs-retry-after": "1500" }, "1500"],
    // The service's own knows milliseconds.
    [{ "x-acs-retry-after": "1500", "retry-after": "2" }, "1500"],
    [{ "retry-after": "2" }, "2000"],
    // A date counts from the clock that has set it.
    [{ "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", date: DATE }, "30000"],
    [{ "retry-after": DATE, date: "Wed, 21 Oct 2026 07:29:00 GMT" }, "0"],
    [{ "retry-after": "soon" }, undefined],
])("the time to wait according to %j", (headers, expected) => {
    expect(retryAfterOf(headers)).toBe(expected);
});
