import type { Listening } from "../../../simulator";
import { secret } from "./program";

/**
 * The configuration with which a stack talks to a simulator. The engine copies it into the state: what is not marked
 * secret stands there in clear.
 */
export function configFor({ endpoint, accessKeyId, accessKeySecret }: Listening): Record<string, unknown> {
    return {
        "alicloud:region": "cn-hangzhou",
        "alicloud:accessKey": secret(accessKeyId),
        "alicloud:secretKey": secret(accessKeySecret),
        "alicloud:protocol": "HTTP",
        "alicloud:endpoints": [{ hbr: endpoint }],
    };
}
