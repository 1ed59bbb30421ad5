import { line, redact, requestIdOf, stackOf } from "../../provider/hbr/secrets";
import { hiding } from "./hiding";

test("a secret is hidden in the base64 of URLs too, wherever it lies in there", () => {
    // Its base64 has both of the signs that differ there.
    const secret = "~~~>>>???abc";
    for (const before of ["", "x", "xy"]) {
        const text = Buffer.from(`${before}${secret} and more`).toString("base64url");
        const shown = hiding(secret)(`got ${text}.`);
        expect(shown).toContain("[redacted]");
        expect(Buffer.from(shown.slice(4, -1), "base64url").toString()).not.toContain("~>>>?");
    }
});

test("what a short secret looks like in base64 is left, because other texts look so as well", () => {
    expect(hiding("abcde")("YWJjZGU=")).toBe("YWJjZGU=");
    expect(hiding("abcdef")("YWJjZGVm")).toBe("[redacted]");
});

test("the end of a very long text is not looked at, and not shown", () => {
    const [start, end] = ["https://host/?", " the end"];
    const long = (length: number): string =>
        redact(start + "a".repeat(length - start.length - end.length) + end);
    expect(long(20_000)).toBe("https://host/?[redacted] the end");
    expect(long(20_001)).toBe("https://host/?[redacted]");
});

test("a cut leaves the characters before it as they are", () => {
    expect(line(`😀${"x".repeat(20)}`, 10)).toBe(`😀${"x".repeat(8)}…`);
    expect(line("x".repeat(10), 10)).toBe("x".repeat(10));
});

test("a stack has the lines of calls, and nothing else of what stands there", () => {
    const error = new Error("broken");
    error.stack = "Error: broken\nlooked at nothing\n    at here (file.js:1)\nnor at that\n    at there";
    expect(stackOf(error, (text) => text)).toBe("Error: broken\n    at here (file.js:1)\n    at there");
});

test("an ID may begin like the text of a missing one", () => {
    expect(requestIdOf("undefined-1")).toBe("undefined-1");
    expect(requestIdOf("undefined")).toBeUndefined();
    expect(requestIdOf("null")).toBeUndefined();
});

/** What no other rule hides: neither its name nor its form tells that `hunter22` is a secret. */
describe("each rule hides by itself", () => {
    test.each([
        [
            "Specified signature is not matched. server string to sign is:\n POST\n/\nhunter22\nhunter22",
            "Specified signature is not matched. server string to sign is [redacted]",
        ],
        ["String to sign is hunter22", "String to sign is [redacted]"],
        ["see http://host/path?hunter22 there", "see http://host/path?[redacted] there"],
        ["signature%3Dhunter22 is wrong", "signature=[redacted] is wrong"],
        ["Authorization: Basic hunter22 and hunter22", "Authorization=[redacted]"],
        ["Authorization : Basic hunter22", "Authorization=[redacted]"],
        ['{"authorization": "Basic hunter22"}', '{"authorization=[redacted]'],
        ['{\\"authorization\\": \\"Basic hunter22\\"}', '{\\"authorization=[redacted]'],
        ["password = hunter22, and more", "password = [redacted], and more"],
        ["password = [redacted]hunter22, and more", "password = [redacted], and more"],
        ["password = [redacted], and more", "password = [redacted], and more"],
    ])("%j", (text, shown) => {
        expect(redact(text)).toBe(shown);
    });

    const values = '{"instanceId":"i-1","sourceTypes":[ "HANA" ] , "note":"hunter22"}';
    const escaped = values.replaceAll('"', '\\"');
    test.each([
        [`ClientInfo=[${values}] is wrong`, "ClientInfo=[redacted] is wrong"],
        [`client_info : [${values}, ${values} ] is wrong`, "client_info=[redacted] is wrong"],
        ["ClientInfo=[hunter22 and hunter22", "ClientInfo=[redacted]"],
        [`{"ClientInfo": "[${escaped}]", "more": 1}`, '{"ClientInfo=[redacted]", "more": 1}'],
        [`{\\"ClientInfo\\" : \\"[${escaped}]\\"}`, '{\\"ClientInfo=[redacted]\\"}'],
        ['{"ClientInfo":"[hunter22]", "more": 1}', '{"ClientInfo=[redacted], "more": 1}'],
        ["ClientInfo=[{'sourceTypes': ['hunter22'] } ] is wrong", "ClientInfo=[redacted] is wrong"],
        ["ClientInfo=[{'sourceTypes': ['hunter22']}] is wrong", "ClientInfo=[redacted] is wrong"],
    ])("ClientInfo to its end: %j", (text, shown) => {
        expect(redact(text)).toBe(shown);
    });
});

test("the last characters of a text are looked at, every sign is known in URLs, and an error needs no stack", () => {
    expect(hiding("hunt")("it is hunt")).toBe("it is [redacted]");
    expect(hiding("hunt*er22")("hunt%2Aer22")).toBe("[redacted]");
    const error = new Error("broken");
    delete error.stack;
    expect(stackOf(error, (text) => text)).toBe("Error: broken");
});
