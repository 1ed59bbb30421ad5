import fc from "fast-check";

import { redact } from "../../provider/hbr/redact";

const SECRET = "s3cr3t Kéy/+='\"!";

/** What a secret may look like on its way. */
function forms(secret: string): string[] {
    return [
        secret,
        encodeURIComponent(secret),
        encodeURIComponent(encodeURIComponent(secret)),
        JSON.stringify(secret).slice(1, -1),
        encodeURIComponent(secret).replaceAll("%20", "+"),
    ];
}

test.each(forms(SECRET))("a known secret written as %s is removed", (form) => {
    expect(redact(`before ${form} after`, [SECRET])).not.toContain(form);
    expect(redact(`before ${form} after`, [SECRET])).toMatch(/^before \[redacted\].* after$/);
});

test("a known secret inside a base64 text is removed, wherever it lies in there", () => {
    for (const before of ["", "a", "ab", "abc", "user:"]) {
        const shown = redact(`got ${Buffer.from(`${before}${SECRET}tail`).toString("base64")}`, [SECRET]);
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
                expect(redact(`${before} ${form} ${after}`, [known])).not.toContain(known);
            }
        }),
    );
});

test("nothing invisible hides a secret, and one that holds such itself is known all the same", () => {
    for (const between of ["\u001b[0m", "\u200b", "\u0000", "\u202e"])
        expect(redact(`is hunter${between}22 right?`, ["hunter22"])).toBe("is [redacted] right?");
    expect(redact("is hunter\u000022 right?", ["hunter\u000022"])).toBe("is [redacted] right?");
});

test("the query of every URL is removed", () => {
    const text =
        "ReadTimeout(3000). POST https://hbr.cn-hangzhou.aliyuncs.com/?VaultId=v-1&ClientInfo=%5B%7B%22instanceId%22%7D%5D failed.";
    expect(redact(text)).toBe(
        "ReadTimeout(3000). POST https://hbr.cn-hangzhou.aliyuncs.com/?[redacted] failed.",
    );
    expect(redact("ReadTimeout: 3000. POST /?VaultId=v-1&ClientInfo=x failed.")).toBe(
        "ReadTimeout: 3000. POST /?[redacted] failed.",
    );
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
        expect(redact(text, ["LTAI5tKnownKey"])).toBe(text);
    }
});

test("messages are bounded, and no secret is cut in half into view", () => {
    expect(redact("x".repeat(100_000)).length).toBeLessThan(700);
    const text = `${"?a=b ".repeat(4_000)}${SECRET.repeat(1_000)}`;
    expect(redact(text, [SECRET])).not.toContain(SECRET.slice(0, 6));
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
        redact(piece.repeat(20_000), [SECRET]);
    }
    expect(performance.now() - start).toBeLessThan(2_000);
});
