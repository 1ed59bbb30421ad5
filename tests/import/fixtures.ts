import fs from "node:fs";
import path from "node:path";
import type { WorldInput } from "../../simulator";

const folder = path.join(__dirname, "fixtures");

/** A state of OpenTofu: see the README beside it. */
export const TERRAFORM_STATE = path.join(folder, "terraform-state.json");

/** The vault and the clients that the state is about. */
export function terraformWorld(): WorldInput {
    return JSON.parse(fs.readFileSync(path.join(folder, "terraform-world.json"), "utf8")) as WorldInput;
}
