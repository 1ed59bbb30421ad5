import fs from "node:fs";
import path from "node:path";
import { takePictures } from "./pictures/capture";
import { draw } from "./pictures/svg";
import { noTerminal } from "./pictures/terminal";

/** Takes the pictures of the docs: what a terminal shows while the real CLI runs on a simulated service. */
export const PICTURES = path.join(__dirname, "..", "docs", "pictures");

async function main(): Promise<void> {
    const problem = noTerminal();
    if (problem !== undefined) throw new Error(problem);
    const pictures = await takePictures();
    fs.mkdirSync(PICTURES, { recursive: true });
    for (const { name, title, screen } of pictures)
        fs.writeFileSync(path.join(PICTURES, `${name}.svg`), draw(screen, title));
}

if (require.main === module)
    main().catch((error: unknown) => {
        console.error(error instanceof Error ? error.message : error);
        process.exitCode = 1;
    });
