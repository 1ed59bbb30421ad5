import { classify } from "../../provider/hbr/classify";
import { type ErrorSubject, failedCall, HbrError, isGone, subjectOf } from "../../provider/hbr/errors";
import { KNOWN_ERRORS } from "../../provider/hbr/knownErrors";
import { parseEnvelope } from "../../provider/hbr/parse";
import { hiding } from "./hiding";

/** What each code is about, and whether a removal that is refused with it has nothing left to remove. */
test.each<[string, ErrorSubject | undefined, "gone" | "there"]>([
    ["InstanceNotExists", "instance", "there"],
    ["InstanceNotRunning", "instance", "there"],
    ["CloudAssistNotRunningOnInstance", "instance", "there"],
    ["InvalidInstanceId.NotFound", "instance", "there"],
    ["InvalidInstance.NotFound", "instance", "there"],
    ["InstanceNotFound", "instance", "there"],
    ["VaultNotExist", "vault", "gone"],
    ["InvalidVaultId.NotFound", "vault", "gone"],
    ["ClientNotExist", "client", "gone"],
    ["ClientNotExists", "client", "gone"],
    ["InvalidClientId.NotFound", "client", "gone"],
    ["ResourceNotFound", undefined, "there"],
    ["ObjectNotExist", undefined, "there"],
    ["InvalidResourceId.NotFound", undefined, "there"],
    ["TaskNotFound", "task", "there"],
    ["InvalidTaskId.NotFound", "task", "there"],
    ["ClusterNotExist", "cluster", "there"],
    ["InvalidClusterId.NotFound", "cluster", "there"],
    ["HanaInstanceNotExist", "cluster", "there"],
    ["RoleNotExist", "role", "there"],
    ["AssumeRoleFail", "role", "there"],
    ["InvalidRoleName.NotFound", "role", "there"],
    ["InvalidApi.NotFound", undefined, "there"],
    ["InvalidAccessKeyId.NotFound", undefined, "there"],
    ["SomethingNew", undefined, "there"],
    ["NotFound", undefined, "there"],
    ["UnknownVaultNotExist", undefined, "there"],
    ["VaultNotExistYet", undefined, "there"],
    ["InvalidVaultId", undefined, "there"],
    ["Throttling.User", undefined, "there"],
    ["constructor", undefined, "there"],
])("%s is about: %s; the client is %s", (code, about, then) => {
    expect(subjectOf(code)).toBe(about);
    const error = failedCall({ operation: "DeleteClient", code, text: "x", statusCode: 404 });
    expect(error.about).toBe(about);
    expect(isGone(error)).toBe(then === "gone");
});

test("a client is not gone because the service is in trouble, or refuses", () => {
    for (const code of KNOWN_ERRORS.keys()) {
        const error = failedCall({ operation: "UninstallClient", code, text: "" });
        if (error.errorClass !== "notFound") expect(isGone(error)).toBe(false);
    }
    const known = new HbrError("x", { operation: "A", code: "VaultNotExist", errorClass: "unavailable" });
    expect(isGone(known)).toBe(false);
});

describe("the text of an error: the words alone, to be compared", () => {
    const refused = (requestId: string, more: object = {}) =>
        Object.assign(new Error(`InDebt: code: 403, Pay first. request id: ${requestId}`), {
            code: "InDebt",
            statusCode: 403,
            ...more,
        });

    test.each<[string, unknown, string]>([
        ["the service's own", refused("A-1", { data: { Message: "Pay.", RequestId: "A-1" } }), "Pay."],
        ["without what the SDK wraps around them", refused("A-1"), "Pay first."],
        ["the same for another request", refused("B-2"), "Pay first."],
        ["where the request id is unknown", refused(""), "Pay first."],
        [
            "of the official SDK, which leaves the code out",
            Object.assign(new Error("code: 403, Pay\nfirst. request id: undefined"), { code: "InDebt" }),
            "Pay first.",
        ],
        ["of the SDK", Object.assign(new Error("code: see below"), { code: "InDebt" }), "code: see below"],
        ["none", undefined, ""],
    ])("%s", (_, thrown, text) => {
        expect(classify(thrown, "CreateClients").text.replace("\n", " ")).toBe(text);
    });

    test("free of secrets", () => {
        const error = classify(
            refused("A-1", { data: { Message: "s3cr3tKey is no key" } }),
            "A",
            hiding("s3cr3tKey"),
        );
        expect(error.text).toBe("[redacted] is no key");
    });

    test("of an answer that reports no success", () => {
        const body = { Success: false, Code: "VaultNotExist", Message: "no vault", RequestId: "R-1" };
        expect(() => parseEnvelope("DeleteClient", body)).toThrow(
            expect.objectContaining({ text: "no vault", about: "vault" }) as Error,
        );
    });

    test("of an error of ours: the sentence", () => {
        const error = new HbrError("nothing is installed", {
            operation: "A",
            code: "B",
            errorClass: "account",
        });
        expect(error.text).toBe("nothing is installed");
        expect(error.about).toBeUndefined();
    });
});
