/**
 * The module that Pulumi serializes. It stores the exports of an installed package as one `require` of this module, so
 * the state holds no code, and every run executes the installed version. The exports of a linked package it stores by
 * value; each hook is therefore one line that requires the real hooks by the package's name.
 *
 * The name of this module is in the state of every resource and must never change.
 */

import type * as pulumi from "@pulumi/pulumi";

type Provider = Required<pulumi.dynamic.ResourceProvider>;

function lifecycle(): Provider {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would be captured by value
    return require("pulumi-alicloud-hbr/lifecycle") as Provider;
}

export const configure: Provider["configure"] = (request) => lifecycle().configure(request);
export const check: Provider["check"] = (olds, news) => lifecycle().check(olds, news);
export const diff: Provider["diff"] = (id, olds, news) => lifecycle().diff(id, olds, news);
export const create: Provider["create"] = (inputs) => lifecycle().create(inputs);
export const read: Provider["read"] = (id, props) => lifecycle().read(id, props);
export const update: Provider["update"] = (id, olds, news) => lifecycle().update(id, olds, news);
const remove: Provider["delete"] = (id, props) => lifecycle().delete(id, props);

// `delete` is a reserved word, and the name that the engine's server calls.
export { remove as delete };
