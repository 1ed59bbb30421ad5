import fc from "fast-check";

import { HbrClient } from "../../provider/hbr/client";
import { KnownSecrets, redact } from "../../provider/hbr/secrets";
import { hiding } from "./hiding";

const SECRET = "s3cr3t Kéy/+='\"!";

/** What a secret may look like on its way. */
function forms(secret: string): string[] {
    const encoded = encodeURIComponent(secret);
    const strict = encoded.replace(
        /[!'()*]/g,
        (sign) => `%${Buffer.from(sign).toString("hex").toUpperCase()}`,
    );
    return [
        secret,
        encoded,
        strict,
        encodeURIComponent(encoded),
        encodeURIComponent(strict),
        JSON.stringify(secret).slice(1, -1),
        encoded.replaceAll("%20", "+"),
    ];
}

test.each(forms(SECRET))("a known secret written as %s is removed", (form) => {
    expect(hiding(SECRET)(`before ${form} after`)).not.toContain(form);
    expect(hiding(SECRET)(`before ${form} after`)).toMatch(/^before \[redacted\].* after$/);
});

test("a known secret inside a base64 text is removed, wherever it lies in there", () => {
    for (const before of ["", "a", "ab", "abc", "user:"]) {
        const shown = hiding(SECRET)(`got ${Buffer.from(`${before}${SECRET}tail`).toString("base64")}`);
        const decoded = Buffer.from(shown.replace("got ", ""), "base64").toString();
        expect(decoded).not.toContain(SECRET);
        expect(decoded).not.toContain(SECRET.slice(3, -3));
    }
});

test("property: no known secret survives in any form, in any surrounding", () => {
    const secret = fc
        .string({ minLength: 8, maxLength: 40, unit: "grapheme-ascii" })
        .filter((text) => /^\S+$/.test(text));
    fc.assert(
        fc.property(secret, fc.string(), fc.string(), (known, before, after) => {
            // A mask or a surrounding that happens to hold the same characters is no leak.
            fc.pre(!before.includes(known) && !after.includes(known) && !"[redacted]".includes(known));
            for (const form of new Set(forms(known))) {
                expect(hiding(known)(`${before} ${form} ${after}`)).not.toContain(known);
            }
        }),
    );
});

test("nothing invisible hides a secret, and one that holds such itself is known all the same", () => {
    for (const between of ["\u001b[0m", "\u200b", "\u0000", "\u202e"])
        expect(hiding("hunter22")(`is hunter${between}22 right?`)).toBe("is [redacted] right?");
    expect(hiding("hunter\u000022")("is hunter\u000022 right?")).toBe("is [redacted] right?");
});

test("what is too short for a secret is left in the text", () => {
    const text = "is it a%20b or abc?";
    expect(hiding("a b", "abc", "")(text)).toBe(text);
});

test("a secret with half of a character in it is known like any other", () => {
    expect(hiding("hunter\ud83d22", "hunter33")("is hunter22 or hunter33 right?")).toBe(
        "is [redacted] or [redacted] right?",
    );
});

describe("secrets that have much in common", () => {
    // Few characters, so that many overlap; neither the mask nor a base64 text has only such.
    const secret = fc.string({ minLength: 4, maxLength: 8, unit: fc.constantFrom("a", "a", "b", "/") });
    const secrets = fc.array(secret, { minLength: 1, maxLength: 4 });
    const text = (of: readonly string[]) => {
        const form = fc.constantFrom(...of.flatMap(forms));
        const part = fc
            .tuple(form, fc.nat(8), fc.nat(8))
            .map(([whole, from, to]) => whole.slice(from, whole.length - to));
        return fc
            .array(fc.oneof(form, part, fc.constantFrom("-", "a", "b")), { maxLength: 8 })
            .map((pieces) => pieces.join(""));
    };
    const secretsAndText = secrets.chain((known) => fc.tuple(fc.constant(known), text(known)));

    /** What is to be shown, found by looking for every form at every position. */
    function expected(shown: string, known: readonly string[]): string {
        const hidden = new Set<number>();
        const joined = new Set<number>();
        for (const form of known.flatMap(forms)) {
            for (let at = shown.indexOf(form); at >= 0; at = shown.indexOf(form, at + 1)) {
                for (let index = at; index < at + form.length; index += 1) hidden.add(index);
                for (let index = at + 1; index < at + form.length; index += 1) joined.add(index);
            }
        }
        const signs = Array.from(shown, (sign, index) =>
            !hidden.has(index) ? sign : joined.has(index) ? "" : "[redacted]",
        );
        return signs.join("");
    }

    test("property: no part of one is left over where they overlap, and all else stays as it was", () => {
        fc.assert(
            fc.property(secretsAndText, ([known, shown]) => {
                const result = hiding(...known)(shown);
                expect(result).toBe(expected(shown, known));
                for (const form of known.flatMap(forms)) expect(result).not.toContain(form);
            }),
            { numRuns: 2_000 },
        );
    });

    test("property: one that becomes known later is hidden from then on like the others", () => {
        fc.assert(
            fc.property(secretsAndText, ([known, shown]) => {
                const growing = new KnownSecrets();
                known.forEach((each, index) => {
                    growing.add([each]);
                    expect(redact(shown, growing)).toBe(hiding(...known.slice(0, index + 1))(shown));
                });
            }),
        );
    });

    test("property: a text without any stays as it is", () => {
        fc.assert(
            fc.property(
                secrets,
                fc.string({ maxLength: 500, unit: fc.constantFrom("a", "-", "b ", "/-") }),
                (known, shown) => {
                    fc.pre(!known.some((each) => shown.includes(each)));
                    expect(hiding(...known)(shown)).toBe(shown);
                },
            ),
        );
    });
});

describe("many secrets", () => {
    const keys = (count: number) => Array.from({ length: count }, (_, index) => `LTAI5t-${index}-key`);
    const message = (index: number) =>
        `The agent of ${index} does not start with LTAI5t-${index}-key; see its log.`;

    test("take no longer to look for than a few", () => {
        const texts = Array.from({ length: 200 }, (_, index) => message(index));
        const time = (count: number): number => {
            const redacted = hiding(...keys(count));
            const times = Array.from({ length: 15 }, () => {
                const start = process.hrtime.bigint();
                for (const text of texts) redacted(text);
                return Number(process.hrtime.bigint() - start);
            });
            // The first round makes the forms.
            return Math.min(...times.slice(1));
        };
        time(20);
        // A search for each of them would take a thousand times as long.
        expect(time(20_000) / time(20)).toBeLessThan(20);
    });

    test("are prepared once for all answers, and new ones alone", async () => {
        const clients = [{ ClientId: "c-1", InstanceId: "i-1", StatusMessage: message(1) }];
        const own: string[] = ["own-key"];
        const api = new HbrClient(
            () => Promise.resolve({ Success: true, TotalCount: 1, Clients: clients }),
            () => own,
        );
        const prepared = jest.spyOn(globalThis, "encodeURIComponent");
        const effort = async (): Promise<number> => {
            prepared.mockClear();
            const page = await api.describeClients({ vaultId: "v", pageNumber: 1, pageSize: 1 });
            expect(page.clients[0]?.statusMessage).toContain("[redacted]");
            return prepared.mock.calls.length;
        };
        api.rememberSecrets(keys(100));
        const first = await effort();
        expect(await effort()).toBe(0);
        api.rememberSecrets(keys(101));
        own[0] = "new-key";
        const two = await effort();
        expect(two).toBeGreaterThan(0);
        expect(two).toBeLessThan(first / 20);
        expect(await effort()).toBe(0);
        prepared.mockRestore();
    });
});

test("the query of every URL is removed", () => {
    const text =
        "Refused: POST https://hbr.cn-hangzhou.aliyuncs.com/?VaultId=v-1&ClientInfo=%5B%7B%22instanceId%22%7D%5D failed.";
    expect(redact(text)).toBe("Refused: POST https://hbr.cn-hangzhou.aliyuncs.com/?[redacted] failed.");
});

test.each([
    'ClientInfo=[{"instanceId":"i-1","sourceTypes":["HANA"],"accessKeySecret":"hunter22"}]',
    'ClientInfo: [{"accessKeySecret":"hunter22"}]',
    '{"ClientInfo":"[{\\"instanceId\\":\\"i-1\\",\\"accessKeySecret\\":\\"hunter22\\"}]"}',
    "accessKeySecret=hunter22",
    "AccessKeySecret: hunter22",
    "access_key_secret = hunter22",
    '"accessKeyId": "hunter22"',
    "AccessKeyId=hunter22&x=1",
    "accessKeySecret%22%3A%22hunter22%22",
    "accessKeySecret%2522%253A%2522hunter22%2522",
    "Signature=hunter22",
    "signature:hunter22,",
    "SecurityToken=hunter22",
    "security_token: 'hunter22'",
    "x-acs-security-token: hunter22",
    "Authorization: ACS3-HMAC-SHA256 Credential=hunter22,SignedHeaders=a;b,Signature=hunter22",
    "secretKey: hunter22",
    "Specified signature is not matched. server string to sign is:POST&%2F&AccessKeyId%3Dhunter22",
])("the value is removed from %s", (text) => {
    expect(redact(text)).not.toContain("hunter22");
});

test("ordinary messages stay readable", () => {
    for (const text of [
        "The specified vault v-0001ufe000000000kgm does not exist.",
        "Specified signature is not matched with our calculation.",
        "Cloud Assistant is not running on instance i-bp1aaa; status: Stopped.",
        "The security token is expired.",
        "Is the instance running? Check it.",
    ]) {
        expect(hiding("LTAI5tKnownKey")(text)).toBe(text);
    }
});

test("messages are bounded, and no secret is cut in half into view", () => {
    expect(redact("x".repeat(100_000)).length).toBeLessThan(700);
    const text = `${"?a=b ".repeat(4_000)}${SECRET.repeat(1_000)}`;
    expect(hiding(SECRET)(text)).not.toContain(SECRET.slice(0, 6));
});

test("hostile texts take no long time", () => {
    const start = performance.now();
    for (const piece of [
        "ClientInfo=[",
        "accessKeySecret",
        "/?",
        "http://?",
        "%22",
        '\\"',
        "token=",
        "x-acs-",
    ]) {
        hiding(SECRET)(piece.repeat(20_000));
    }
    expect(performance.now() - start).toBeLessThan(2_000);
});
