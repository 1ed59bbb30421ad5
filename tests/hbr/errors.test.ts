import { classify } from "../../provider/hbr/classify";
import { adviceFor, type ErrorClass, errorClassOf, HbrError } from "../../provider/hbr/errors";
import { KNOWN_ERRORS } from "../../provider/hbr/knownErrors";
import { OWN_CODES } from "../../provider/fleet/codes";
import { hiding } from "./hiding";

const SECRET = "topSecret/42";

test.each<[string, number | undefined, ErrorClass]>([
    ["Throttling", 400, "throttled"],
    ["Throttling.User", 400, "throttled"],
    ["Throttling.Api", 400, "throttled"],
    ["Rejected.Throttling", 403, "throttled"],
    ["SomethingNew", 429, "throttled"],
    ["ServiceUnavailable", 503, "unavailable"],
    ["InternalError", 500, "unavailable"],
    ["EcsClientError", 500, "unavailable"],
    ["SomethingNew", 500, "unavailable"],
    ["SomethingNew", 502, "unavailable"],
    ["SomethingNew", 408, "unavailable"],
    ["500", undefined, "unavailable"],
    ["SignatureNonceUsed", 400, "unavailable"],
    ["CloudAssistNotRunningOnInstance", 400, "booting"],
    ["InstanceNotRunning", 400, "booting"],
    ["InstanceNotExists", 404, "notFound"],
    ["VaultNotExist", 404, "notFound"],
    ["ResourceNotFound", 404, "notFound"],
    ["TaskNotFound", 404, "notFound"],
    ["ClientNotExist", 404, "notFound"],
    ["InvalidVaultId.NotFound", 404, "notFound"],
    ["BadRequest", 400, "rejected"],
    ["MissingVaultId", 400, "rejected"],
    ["InvalidClientType", 400, "rejected"],
    ["TaskTypeNotSupported", 500, "rejected"],
    ["NoPermission", 403, "account"],
    ["Forbidden.RAM", 403, "account"],
    ["InDebt", 403, "account"],
    ["InDebtOverdue", 403, "account"],
    ["ServiceNotActivated", 403, "account"],
    ["RoleNotExist", 404, "account"],
    ["AssumeRoleFail", 403, "account"],
    ["SignatureDoesNotMatch", 400, "account"],
    ["InvalidSecurityToken.Expired", 400, "account"],
    ["InvalidSecurityToken.MismatchWithAccessKey", 400, "account"],
    ["InvalidTimeStamp.Format", 400, "account"],
    ["MissingAccessKeyId", 400, "account"],
    ["MissingSecurityToken", 400, "account"],
    ["SomethingNew", 403, "account"],
    ["SomethingNew", 401, "account"],
    ["SomethingNew", 400, "rejected"],
    ["SomethingNew", undefined, "rejected"],
])("%s with HTTP %s is %s", (code, statusCode, expected) => {
    expect(errorClassOf(code, statusCode)).toBe(expected);
});

test("a 404 of the gateway, or one with an unknown code, never reads as gone", () => {
    for (const code of ["InvalidApi.NotFound", "InvalidAccessKeyId.NotFound", "SomethingNew", "NotFound"]) {
        expect(errorClassOf(code, 404)).not.toBe("notFound");
    }
});

test("names of Object.prototype are codes like any other", () => {
    for (const code of ["constructor", "__proto__", "toString"])
        expect(errorClassOf(code, 400)).toBe("rejected");
});

test("advice: what a user can do, for every code whose class leaves something to do", () => {
    for (const code of KNOWN_ERRORS.keys()) {
        if (errorClassOf(code) !== "rejected")
            expect(adviceFor(code, "CreateClients")).toEqual(expect.any(String));
    }
    expect(adviceFor("NoPermission", "CreateClients")).toContain("hbr:CreateClients");
    expect(adviceFor("NoPermission", "UpgradeClient")).toContain("hbr:UpgradeClient");
    expect(adviceFor("Forbidden.RAM", "DeleteClient")).toContain("hbr:DeleteClient");
    expect(adviceFor("CloudAssistNotRunningOnInstance")).toContain("Cloud Assistant");
    expect(adviceFor("InstanceNotRunning")).toContain("start the instance");
    expect(adviceFor("RoleNotExist")).toContain("AliyunHBRDefaultRole");
    expect(adviceFor("SomethingNew")).toBeUndefined();
});

function thrown(properties: object, message = "x"): Error {
    return Object.assign(new Error(message), properties);
}

test("an error of @alicloud/openapi-client: code, status, request id, and the service's own message", () => {
    const error = classify(
        thrown(
            {
                code: "VaultNotExist",
                statusCode: 404,
                data: {
                    Code: "VaultNotExist",
                    Message: "The vault does not exist.",
                    RequestId: "A-1",
                    statusCode: 404,
                },
                description: "undefined",
            },
            "VaultNotExist: code: 404, The vault does not exist. request id: A-1",
        ),
        "CreateClients",
    );
    expect(error).toMatchObject({
        operation: "CreateClients",
        code: "VaultNotExist",
        errorClass: "notFound",
        statusCode: 404,
        requestId: "A-1",
        message: "CreateClients failed: VaultNotExist: The vault does not exist. (HTTP 404, request id A-1)",
    });
});

test("errors of the official SDK: request id and the wait come along", () => {
    const error = classify(
        thrown({
            name: "ThrottlingError",
            code: "Throttling.User",
            statusCode: 400,
            requestId: "A-2",
            retryAfter: 2_000,
        }),
        "DescribeTask",
    );
    expect(error).toMatchObject({ errorClass: "throttled", requestId: "A-2", retryAfterMs: 2_000 });
    expect(
        classify(thrown({ name: "ServerError", code: "InternalError", statusCode: 500 }), "x").errorClass,
    ).toBe("unavailable");
    expect(
        classify(thrown({ name: "ClientError", code: "BadRequest", statusCode: 400 }), "x").errorClass,
    ).toBe("rejected");
    expect(classify(new Error("type of progress is mismatch, expect number, but string"), "x").code).toBe(
        OWN_CODES.refusedBySdk,
    );
});

test.each<[string, unknown, string]>([
    ["no JSON", new SyntaxError("Unexpected token <"), OWN_CODES.unreadable],
    [
        "a code that is the text undefined",
        thrown({ code: "undefined", statusCode: 502 }),
        "ServiceUnavailable",
    ],
    ["null as body", new Error("The value is not a object"), OWN_CODES.unreadable],
    [
        "read time-out",
        thrown({ name: "RequestTimeoutError" }, "ReadTimeout(30000). POST failed"),
        OWN_CODES.timeout,
    ],
    [
        "connect time-out",
        thrown({ name: "RequestTimeoutError" }, "ConnectTimeout: Connect"),
        OWN_CODES.timeout,
    ],
    ["ETIMEDOUT", thrown({ code: "ETIMEDOUT" }), OWN_CODES.timeout],
    ["ECONNRESET", thrown({ code: "ECONNRESET" }), OWN_CODES.connection],
    ["ECONNREFUSED", thrown({ code: "ECONNREFUSED" }), OWN_CODES.connection],
    ["ENOTFOUND", thrown({ code: "ENOTFOUND" }), OWN_CODES.connection],
    ["EPIPE", thrown({ code: "EPIPE" }), OWN_CODES.connection],
    ["HPE_INVALID_CONSTANT", thrown({ code: "HPE_INVALID_CONSTANT" }), OWN_CODES.connection],
    ["HPE in a body", thrown({ code: "HPE_INVALID_CHUNK_SIZE", statusCode: 200 }), OWN_CODES.connection],
    ["EMFILE", thrown({ code: "EMFILE" }), OWN_CODES.connection],
    ["an abort of the library's own", thrown({ name: "AbortError" }), OWN_CODES.connection],
    ["a fault of ours", new TypeError("x is not a function"), OWN_CODES.unexpected],
    ["a string", "boom", OWN_CODES.unexpected],
    ["nothing", undefined, OWN_CODES.unexpected],
    ["a number", 3, OWN_CODES.unexpected],
    [
        "a getter that throws",
        {
            get message(): string {
                throw new Error("no");
            },
        },
        OWN_CODES.unexpected,
    ],
])("%s: nobody knows whether it acted", (_name, error, code) => {
    expect(classify(error, "CreateClients")).toMatchObject({ code, errorClass: "unavailable" });
});

test.each([
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "CertificateNotTrusted"],
    ["CERT_HAS_EXPIRED", "CertificateDateInvalid"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "CertificateNameMismatch"],
    ["EPROTO", "TlsFailed"],
])("%s: never sent, and no better the next time", (ofNode, code) => {
    expect(classify(thrown({ code: ofNode }), "CreateClients")).toMatchObject({
        code,
        errorClass: "account",
    });
});

test("a classified error stays as it is", () => {
    const error = new HbrError("x", { operation: "A", code: "B", errorClass: "rejected" });
    expect(classify(error, "C")).toBe(error);
});

test("a classified error holds no secret, wherever the SDK put it", () => {
    const error = classify(
        thrown(
            { code: "ECONNRESET", config: { secret: SECRET } },
            `socket hang upPOST http://127.0.0.1:1/?ClientInfo=%5B%7B%22accessKeySecret%22%3A%22${encodeURIComponent(SECRET)}%22%7D%5D failed. ${SECRET}`,
        ),
        "CreateClients",
        hiding(SECRET),
    );
    const everything =
        JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error.stack) + String(error.cause);
    expect(everything).not.toContain(SECRET);
    expect(everything).not.toContain(encodeURIComponent(SECRET));
    expect(error.message).toBe("CreateClients failed: ConnectionFailed: ECONNRESET");
});

test("foreign texts in the place of code or request id are not taken over", () => {
    const error = classify(thrown({ code: `x ${SECRET}`, requestId: `y ${SECRET}`, statusCode: "abc" }), "A");
    expect(JSON.stringify(error)).not.toContain(SECRET);
});
