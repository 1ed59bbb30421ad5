import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A registry on this machine that has the package as if it were published, and sends every other request on to the
 * registry that npm is configured with. So `npm install` in a page runs as it stands there.
 */
export class Registry {
    private constructor(
        private readonly server: http.Server,
        readonly url: string,
    ) {}

    static async serve(
        tarball: string,
        manifest: { readonly name: string; readonly version: string },
    ): Promise<Registry> {
        const upstream = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();
        const content = fs.readFileSync(tarball);
        const integrity = `sha512-${createHash("sha512").update(content).digest("base64")}`;
        const server = http.createServer(({ url = "/", headers }, response) => {
            if (url === `/${manifest.name}/-/package.tgz`) {
                response.end(content);
            } else if (url === `/${manifest.name}`) {
                const dist = { tarball: `http://${headers.host ?? ""}${url}/-/package.tgz`, integrity };
                const versions = { [manifest.version]: { ...manifest, dist } };
                const document = { name: manifest.name, "dist-tags": { latest: manifest.version }, versions };
                response.setHeader("content-type", "application/json").end(JSON.stringify(document));
            } else {
                response.writeHead(302, { location: new URL(url.slice(1), upstream).href }).end();
            }
        });
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        return new Registry(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    }

    async close(): Promise<void> {
        this.server.closeAllConnections();
        this.server.close();
        await once(this.server, "close");
    }
}
