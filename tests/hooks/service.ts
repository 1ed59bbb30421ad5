import { type ConfigReader, useConfig } from "../../provider/config/settings";
import { Loopback } from "../hbr/loopback";

/** The process with a service that the test answers for, and its configuration. */
export async function withService(
    work: (loopback: Loopback, config: ConfigReader) => Promise<void>,
    more: Readonly<Record<string, string>> = {},
): Promise<void> {
    const loopback = new Loopback();
    const config: Record<string, string> = {
        "alicloud:accessKey": "ak",
        "alicloud:secretKey": "sk",
        "alicloud:protocol": "HTTP",
        "alicloud:endpoints": JSON.stringify([{ hbr: await loopback.listen() }]),
        ...more,
    };
    const read: ConfigReader = (key) => config[key];
    useConfig(read);
    try {
        await work(loopback, read);
    } finally {
        useConfig(() => undefined);
        await loopback.close();
    }
}
