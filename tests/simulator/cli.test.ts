import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { Authority } from "../support/certificates";
import { acs3, control, verdict, type Keys } from "./support";

const ROOT = join(__dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "hbr-simulator-"));
const authority = new Authority("of these tests");
const tls = authority.issue();
const CERT = file("tls.pem", tls.cert);
const KEY = file("tls.key", tls.key);

afterAll(() => {
    rmSync(folder, { recursive: true });
});

function start(...options: string[]) {
    const child = spawn(process.execPath, ["--import", "tsx", "simulator/cli.ts", ...options], { cwd: ROOT });
    let output = "";
    let errors = "";
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
    return {
        child,
        /** Exit code and signal, and all that it said. */
        end: async () => {
            const [code] = (await once(child, "close")) as [number | null];
            return { code, output, errors };
        },
        /** The line it prints when it is ready. */
        ready: async () => {
            while (!output.includes("\n")) await once(child.stdout, "data");
            return JSON.parse(output) as Keys;
        },
    };
}

function file(name: string, content: string): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
}

describe.each(["SIGTERM", "SIGINT"] as const)("hbr-simulator until %s", (signal) => {
    test("serves as its options say, and ends with 0", async () => {
        const world = file(`${signal}.json`, '{"vaults":["v-file"],"strict":true}');
        const options = [
            "--access-key-id=id",
            "--access-key-secret=secret",
            "--install-time=1m",
            "--latency=1ms",
            "--seed=5",
        ];
        const simulator = start(...options, "--world", world, "--security-token", "token");
        const ended = simulator.end();
        const keys = await simulator.ready();
        expect(keys).toEqual({
            endpoint: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
            accessKeyId: "id",
            accessKeySecret: "secret",
        });
        const headers = { "x-acs-security-token": "token" };
        expect(
            await verdict(
                acs3(keys, "DescribeClients", {
                    headers,
                    query: { VaultId: "v-file", ClientType: "ECS_AGENT" },
                }),
            ),
        ).toBe("200 200");
        expect((await control(keys.endpoint, "GET", "/world")).answer).toMatchObject({
            strict: true,
            vaults: [{ vaultId: "v-file" }],
        });
        simulator.child.kill(signal);
        expect(await ended).toMatchObject({ code: 0, errors: "" });
    });
});

test("hbr-simulator --tls-cert --tls-key serves HTTPS", async () => {
    const simulator = start("--tls-cert", CERT, "--tls-key", KEY);
    const ended = simulator.end();
    const { endpoint } = await simulator.ready();
    const [host = "", port = ""] = endpoint.split(":");
    const socket = connect({ host, port: Number(port), ca: authority.cert });
    await once(socket, "secureConnect");
    expect(socket.authorized).toBe(true);
    socket.end();
    simulator.child.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 0, errors: "" });
});

test("hbr-simulator --help names every option", async () => {
    const { code, output } = await start("--help").end();
    expect(code).toBe(0);
    for (const option of [
        "port",
        "access-key-id",
        "access-key-secret",
        "security-token",
        "world",
        "install-time",
        "latency",
        "seed",
        "tls-cert",
        "tls-key",
    ]) {
        expect(output).toContain(`--${option} `);
    }
});

describe.each([
    [["--bogus"], /bogus/],
    [["--install-time", "soon"], /--install-time soon: not a time/],
    [["--port", "70000"], /--port 70000: not a whole number/],
    [["--world", join(folder, "none.json")], /none\.json: ENOENT/],
    [["--world", file("broken.json", "{")], /broken\.json: /],
    [["--world", file("wrong.json", '{"vault":[]}')], /--world: vault: /],
    [["--tls-cert", CERT], /^hbr-simulator: --tls-cert needs --tls-key\n/],
    [["--tls-key", KEY], /^hbr-simulator: --tls-key needs --tls-cert\n/],
    [
        ["--tls-cert", CERT, "--tls-key", join(folder, "none.key")],
        /^hbr-simulator: --tls-key .*none\.key: ENOENT/,
    ],
    [
        ["--tls-cert", KEY, "--tls-key", KEY],
        /^hbr-simulator: --tls-cert .*tls\.key: not a certificate in PEM /,
    ],
    [
        ["--tls-cert", CERT, "--tls-key", CERT],
        /^hbr-simulator: --tls-key .*tls\.pem: not a private key in PEM/,
    ],
])("hbr-simulator %j", (options, reason) => {
    test("says what is wrong and ends with 2", async () => {
        const { code, errors } = await start(...options).end();
        expect(code).toBe(2);
        expect(errors).toMatch(reason);
    });
});
