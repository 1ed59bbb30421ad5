import type { Listening } from "../../../simulator";
import { secret } from "./program";

/** The configuration with which a stack talks to a simulator. */
export function configFor({ endpoint, accessKeyId, accessKeySecret }: Listening): Record<string, unknown> {
    return {
        "alicloud:region": "cn-hangzhou",
        "alicloud:accessKey": accessKeyId,
        "alicloud:secretKey": secret(accessKeySecret),
        "alicloud:protocol": "HTTP",
        "alicloud:endpoints": [{ hbr: endpoint }],
    };
}
