import { HbrError } from "../../provider/hbr/errors";
import { parseResult, parseTask } from "../../provider/hbr/parseTask";
import { hiding } from "./hiding";

const ok = { Success: true, Code: "200", Message: "successful", RequestId: "R-1" };

test("what a report says is read under either name, without the blanks around it", () => {
    const read = (result: object) => parseTask({ ...ok, Result: [result] }, "t-1").results;
    expect(read({ instanceId: " i-1 ", errorCode: " Odd ", message: " it is odd " })).toEqual([
        { instanceId: "i-1", errorCode: "Odd", errorMessage: "it is odd" },
    ]);
    expect(read({ InstanceId: "i-1", Message: "it is odd" })).toEqual([
        { instanceId: "i-1", errorMessage: "it is odd" },
    ]);
});

describe("DescribeTask", () => {
    test.each([
        [{ Description: "created", Progress: 0 }, "running"],
        [{ Description: "created" }, "running"],
        [{}, "running"],
        [{ Description: "running", Progress: 45 }, "running"],
        [{ Description: "some new word", Progress: "45" }, "running"],
        [{ Description: "completed", Progress: 100 }, "completed"],
        [{ Description: " Completed " }, "completed"],
        [{ Progress: 100 }, "completed"],
        [{ Progress: "100" }, "completed"],
        [{ Description: "created", Progress: 100 }, "completed"],
        [{ Description: "completed", Progress: -1 }, "failed"],
        [{ Progress: -1 }, "failed"],
        [{ Progress: "-1" }, "failed"],
        [{ Description: "failed" }, "failed"],
        [{ Description: "expired", Progress: 60 }, "expired"],
        [{ Description: "expired", Progress: 100 }, "expired"],
        [{ Description: "cancelled" }, "cancelled"],
        [{ Description: "canceled" }, "cancelled"],
    ])("%j is %s", (body, state) => {
        expect(parseTask({ ...ok, ...body }, "t-1")).toMatchObject({
            taskId: "t-1",
            state,
            requestId: "R-1",
        });
    });

    test("progress as number or text; what is neither is left out", () => {
        expect(parseTask({ Progress: "42" }, "t").progress).toBe(42);
        expect(parseTask({ Progress: 1e9 }, "t").progress).toBe(100);
        for (const progress of ["soon", {}, null, NaN]) {
            expect(parseTask({ Progress: progress }, "t")).not.toHaveProperty("progress");
        }
    });

    test("a null body is unavailable", () => {
        expect(thrownBy(() => parseTask(null, "t"))).toMatchObject({ errorClass: "unavailable" });
    });

    const element = { instanceId: "i-1", clientId: "c-1", clientStatus: "ACTIVATED", errorCode: "" };
    const entry = { instanceId: "i-1", clientId: "c-1", clientStatus: "ACTIVATED" };

    test.each<[string, unknown, unknown[]]>([
        ["JSON text of an array", JSON.stringify([element]), [entry]],
        ["an array", [element], [entry]],
        ["JSON text of one object", JSON.stringify(element), [entry]],
        ["PascalCase keys", [{ InstanceId: "i-1", ClientId: "c-1", ClientStatus: "activated" }], [entry]],
        ["{} as text", "{}", []],
        ["{}", {}, []],
        ["empty text", "", []],
        ["null", null, []],
        ["absent", undefined, []],
        ["JSON text of null", "null", []],
        ["malformed text", '[{"instanceId": "i-1"', []],
        ["JSON text of a text", '"[]"', []],
        ["a number", 3, []],
        ["elements of other types", [null, 3, "x", [], { instanceId: {} }, element], [entry]],
        [
            "one instance twice: the later one",
            [element, { ...element, clientId: "c-2" }],
            [{ ...entry, clientId: "c-2" }],
        ],
    ])("Result: %s", (_name, result, expected) => {
        expect(parseResult(result)).toEqual(expected);
    });

    test("what went wrong on an instance comes along, bounded and redacted", () => {
        const failure = {
            instanceId: "i-1",
            errorCode: "InstallFailed",
            errorMessage: `accessKeySecret=hunter22, LTAI-known is refused ${"x".repeat(5_000)}`,
        };
        const [result] = parseTask({ ...ok, Result: [failure] }, "t-1", hiding("LTAI-known")).results;
        expect(result?.errorCode).toBe("InstallFailed");
        expect(result?.errorMessage).not.toMatch(/hunter22|LTAI-known/);
        expect(result?.errorMessage?.length).toBeLessThan(700);
    });
});

function thrownBy(run: () => unknown): unknown {
    try {
        run();
    } catch (error) {
        expect(error).toBeInstanceOf(HbrError);
        return error;
    }
    throw new Error("no error");
}
