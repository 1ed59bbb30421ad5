import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/*
 * A real browser, driven by its own DevTools protocol. It is no dependency: where none is installed, the tests that need it
 * say so. `CHROME` names one that is not on PATH.
 */

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** The browser of this machine, if there is one. */
export function findBrowser(): string | undefined {
    const folders = (process.env.PATH ?? "").split(path.delimiter);
    const onPath = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
    return [process.env.CHROME ?? "", ...onPath].find((file) => file !== "" && fs.existsSync(file));
}

interface Answer {
    readonly id?: number;
    readonly method?: string;
    readonly params?: unknown;
    readonly result?: unknown;
    readonly error?: { readonly message: string };
}

/** A page that is open in the browser. */
export class Page {
    readonly events: { readonly method: string; readonly params: unknown }[] = [];
    #asked = 0;
    readonly #waiting = new Map<number, (answer: Answer) => void>();

    private constructor(
        private readonly socket: WebSocket,
        readonly stop: () => Promise<void>,
    ) {
        socket.addEventListener("message", ({ data }) => {
            const answer = JSON.parse(String(data)) as Answer;
            if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
            else if (answer.method !== undefined)
                this.events.push({ method: answer.method, params: answer.params });
        });
    }

    /** Starts the browser with an empty page. */
    static async open(browser: string): Promise<Page> {
        const profile = fs.mkdtempSync(path.join(os.tmpdir(), "browser-"));
        const child = spawn(
            browser,
            [
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--remote-debugging-port=0",
            ].concat(`--user-data-dir=${profile}`, "about:blank"),
            // With its helpers in a group of their own, which ends as one.
            { detached: true, stdio: "ignore" },
        );
        const ended = once(child, "close");
        const stop = async (): Promise<void> => {
            if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
            await ended;
            fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
        };
        const portFile = path.join(profile, "DevToolsActivePort");
        const port = await written(portFile, () => child.exitCode !== null);
        const list = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
            type: string;
            webSocketDebuggerUrl: string;
        }[];
        const target = list.find(({ type }) => type === "page");
        if (!target) throw new Error("The browser has opened no page");
        const socket = new WebSocket(target.webSocketDebuggerUrl);
        await once(socket, "open");
        const page = new Page(socket, stop);
        for (const domain of ["Page", "Runtime", "Log", "Network"]) await page.send(`${domain}.enable`);
        return page;
    }

    async send(method: string, params: object = {}): Promise<unknown> {
        const id = ++this.#asked;
        const answer = await new Promise<Answer>((resolve) => {
            this.#waiting.set(id, resolve);
            this.socket.send(JSON.stringify({ id, method, params }));
        });
        if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
        return answer.result;
    }

    /** Shows a file at this width, in light or dark colours. */
    async show(file: string, width: number, scheme: "light" | "dark"): Promise<void> {
        const size = { width, height: 900, deviceScaleFactor: 1, mobile: width < 600 };
        await this.send("Emulation.setDeviceMetricsOverride", size);
        const features = [{ name: "prefers-color-scheme", value: scheme }];
        await this.send("Emulation.setEmulatedMedia", { features });
        this.events.length = 0;
        await this.send("Page.navigate", { url: `file://${file}` });
        while (!this.events.some(({ method }) => method === "Page.loadEventFired")) await pause();
    }

    /** The value of an expression in the page, which has to be JSON. */
    async evaluate<T>(expression: string): Promise<T> {
        const { result, exceptionDetails } = (await this.send("Runtime.evaluate", {
            expression,
            returnByValue: true,
            awaitPromise: true,
        })) as { result: { value: T }; exceptionDetails?: { text: string } };
        if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.text}`);
        return result.value;
    }

    /** Presses keys one after the other; a letter is typed. */
    async press(...keys: readonly string[]): Promise<void> {
        for (const key of keys) {
            const isText = key.length === 1 || key === "Enter";
            const text = key === "Enter" ? "\r" : key;
            const codes: Readonly<Record<string, number>> = { Tab: 9, Enter: 13 };
            const event = { key, windowsVirtualKeyCode: codes[key], ...(isText && { text }) };
            await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...event });
            await this.send("Input.dispatchKeyEvent", { type: "keyUp", key });
        }
    }

    /** A picture of the whole page. */
    async picture(): Promise<Buffer> {
        const { data } = (await this.send("Page.captureScreenshot", { captureBeyondViewport: true })) as {
            data: string;
        };
        return Buffer.from(data, "base64");
    }
}

/** The first line of a file that is going to be written. */
async function written(file: string, isOver: () => boolean): Promise<string> {
    for (;;) {
        const [line, ...others] = fs.existsSync(file) ? fs.readFileSync(file, "utf8").split("\n") : [];
        if (line && others.length > 0) return line;
        if (isOver()) throw new Error("The browser has ended at once");
        await pause();
    }
}

function pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 20));
}
