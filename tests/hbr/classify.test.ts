import { classify } from "../../provider/hbr/classify";
import { adviceFor, type ErrorClass, errorClassOf, HbrError } from "../../provider/hbr/errors";
import { OWN_CODES } from "../../provider/fleet/codes";

function thrown(properties: object, message = "x"): Error {
    return Object.assign(new Error(message), properties);
}

function classified(properties: object, message?: string): HbrError {
    return classify(thrown(properties, message), "DescribeTask");
}

describe("the code of an error", () => {
    test.each<[string, string]>([
        ["ETIMEDOUT", OWN_CODES.timeout],
        ["ESOCKETTIMEDOUT", OWN_CODES.timeout],
        ["ERR_SOCKET_TIMEOUT", OWN_CODES.timeout],
        ["CERT_HAS_EXPIRED", OWN_CODES.outOfDate],
        ["CERT_NOT_YET_VALID", OWN_CODES.outOfDate],
        ["ERR_TLS_CERT_ALTNAME_INVALID", OWN_CODES.otherHost],
        ["ERR_TLS_CERT_ALTNAME_FORMAT", OWN_CODES.otherHost],
        ["SELF_SIGNED_CERT_IN_CHAIN", OWN_CODES.untrusted],
        ["DEPTH_ZERO_SELF_SIGNED_CERT", OWN_CODES.untrusted],
        ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", OWN_CODES.untrusted],
        ["UNABLE_TO_GET_ISSUER_CERT", OWN_CODES.untrusted],
        ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", OWN_CODES.untrusted],
        ["CERT_UNTRUSTED", OWN_CODES.untrusted],
        ["CERT_REVOKED", OWN_CODES.tls],
        ["UNABLE_TO_GET_CRL", OWN_CODES.tls],
        ["ERR_TLS_HANDSHAKE_TIMEOUT", OWN_CODES.tls],
        ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", OWN_CODES.tls],
        ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", OWN_CODES.tls],
        ["ERR_SSL_WRONG_VERSION_NUMBER", OWN_CODES.connection],
        ["ERR_SSL_CIPHER_OPERATION_FAILED", OWN_CODES.connection],
        ["ERR_SSL_SSL/TLS_ALERT_BAD_RECORD_MAC", OWN_CODES.connection],
        ["EPROTO", OWN_CODES.tls],
        ["EPROTONOSUPPORT", OWN_CODES.connection],
        ["MYCERT_BROKEN", "MYCERT_BROKEN"],
        ["EAI_AGAIN", OWN_CODES.connection],
        ["HPE_INVALID_CONSTANT", OWN_CODES.connection],
        ["ERR_HTTP2_ERROR", OWN_CODES.connection],
        ["E2BIG", OWN_CODES.connection],
        ["EcsClientError", "EcsClientError"],
        ["E1", "E1"],
        ["ECONN-1", "ECONN-1"],
        ["ERR_Some", "ERR_Some"],
        ["MYERR_SOME", "MYERR_SOME"],
        ["SERVER", "SERVER"],
    ])("%s is %s", (code, expected) => {
        expect(classified({ code }).code).toBe(expected);
    });

    test.each<[string, object, string]>([
        [
            "is the one of the body where the error has none",
            { data: { Code: "VaultNotExist" } },
            "VaultNotExist",
        ],
        ["may be a number", { code: 500 }, "500"],
        ["is none where it is the text null", { code: "null", data: { Code: "InDebt" } }, "InDebt"],
        [
            "is none where it is of another type",
            { code: ["InDebt"], data: { Code: "NoPermission" } },
            "NoPermission",
        ],
        ["is none where it is no plain word", { code: "In Debt" }, OWN_CODES.unexpected],
        ["is none where OpenSSL's has a blank", { code: "ERR_SSL_NO CIPHER" }, OWN_CODES.unexpected],
        ["is none where it is longer than any", { code: "x".repeat(101) }, OWN_CODES.unexpected],
        ["may have a hundred characters", { code: "x".repeat(100) }, "x".repeat(100)],
        ["is read from an object only", { data: "no object" }, OWN_CODES.unexpected],
        ["is not read from null", { data: null }, OWN_CODES.unexpected],
    ])("%s", (_, properties, expected) => {
        expect(classified(properties).code).toBe(expected);
    });

    test.each<[string, unknown, string]>([
        ["a name that says time-out", thrown({ name: "RequestTimeoutError" }), OWN_CODES.timeout],
        ["a message that begins with ReadTimeout", new Error("ReadTimeout(3000)."), OWN_CODES.timeout],
        ["a message that only mentions one", new Error("no ReadTimeout was set"), OWN_CODES.unexpected],
        ["a hang-up", new Error("socket hang up"), OWN_CODES.connection],
        ["a network that is unreachable", new Error("Network unreachable"), OWN_CODES.connection],
        ["a request that was aborted", new Error("The request was aborted"), OWN_CODES.connection],
        ["a syntax error of another realm", thrown({ name: "SyntaxError" }), OWN_CODES.unreadable],
        ["a syntax error that was renamed", renamed(), OWN_CODES.unreadable],
        ["a status without a code", thrown({ statusCode: 502 }), "ServiceUnavailable"],
        ["the first status that says trouble", thrown({ statusCode: 500 }), "ServiceUnavailable"],
        ["a good status without a code", thrown({ statusCode: 200 }), OWN_CODES.unreadable],
        ["a value that cannot be cast", new Error("can not cast to Map"), OWN_CODES.refusedBySdk],
        ["a value of another type", new Error("type of x is mismatch"), OWN_CODES.refusedBySdk],
        ["an object without name and message", {}, OWN_CODES.unexpected],
        ["no object at all", null, OWN_CODES.unexpected],
    ])("is made from %s", (_, error, expected) => {
        expect(classify(error, "x").code).toBe(expected);
    });

    function renamed(): Error {
        return Object.assign(new SyntaxError("Unexpected token"), { name: "Odd" });
    }
});

describe("the text of an error", () => {
    test.each<[string, unknown, string]>([
        ["a string that was thrown", "boom", "DescribeTask failed: UnexpectedError: boom"],
        ["nothing that was thrown", undefined, "DescribeTask failed: UnexpectedError"],
        ["a number that was thrown", 3, "DescribeTask failed: UnexpectedError"],
        ["an empty message", thrown({ code: "InDebt" }, ""), "DescribeTask failed: InDebt"],
        ["a message that is the code", thrown({ code: "InDebt" }, "InDebt"), "DescribeTask failed: InDebt"],
        ["a message of another type", { code: "InDebt", message: 7 }, "DescribeTask failed: InDebt"],
        [
            "the service's own words before those of the SDK",
            thrown({ code: "InDebt", data: { Message: "Pay." } }, "InDebt: code: 403, Pay. request id: 1"),
            "DescribeTask failed: InDebt: Pay.",
        ],
        [
            "the SDK's words without the frame around them",
            thrown({ code: "InDebt" }, "InDebt: code: 403, Pay. request id: A-1"),
            "DescribeTask failed: InDebt: Pay.",
        ],
        [
            "all words where that frame is a part of them",
            thrown({ code: "InDebt" }, "It said code: 403, Pay. request id: A-1"),
            "DescribeTask failed: InDebt: It said code: 403, Pay. request id: A-1",
        ],
        [
            "all words where something follows the frame",
            thrown({ code: "InDebt" }, "code: 403, Pay. request id: A-1 and so on"),
            "DescribeTask failed: InDebt: code: 403, Pay. request id: A-1 and so on",
        ],
        [
            "the service's own words in small letters",
            thrown({ code: "InDebt", data: { message: "Pay." } }),
            "DescribeTask failed: InDebt: Pay.",
        ],
        [
            "those of the SDK where the service has none",
            thrown({ code: "InDebt", data: { Message: "" } }, "Overdue."),
            "DescribeTask failed: InDebt: Overdue.",
        ],
        [
            "status and request id of the body",
            thrown({ code: "InDebt", data: { statusCode: 403, RequestId: "A-1" } }, "Pay."),
            "DescribeTask failed: InDebt: Pay. (HTTP 403, request id A-1)",
        ],
        [
            "a request id without a status",
            thrown({ code: "InDebt", requestId: "A-1" }, "Pay."),
            "DescribeTask failed: InDebt: Pay. (request id A-1)",
        ],
        [
            "Node's code in place of its message, to which httpx adds the request",
            thrown(
                { code: "ECONNREFUSED" },
                "connect ECONNREFUSED 127.0.0.1:1POST http://127.0.0.1:1/ failed.",
            ),
            "DescribeTask failed: ConnectionFailed: ECONNREFUSED",
        ],
        [
            "the code of a certificate",
            thrown({ code: "CERT_HAS_EXPIRED" }, "certificate has expired"),
            "DescribeTask failed: CertificateDateInvalid: CERT_HAS_EXPIRED",
        ],
        [
            "a time-out without a code",
            thrown(
                { name: "RequestTimeoutError" },
                "ConnectTimeout: Connect http://127.0.0.1:1/?a=b failed.",
            ),
            "DescribeTask failed: Timeout: no answer in time",
        ],
        [
            "a cut without a code",
            new Error("socket hang upPOST http://127.0.0.1/ failed"),
            "DescribeTask failed: ConnectionFailed: the connection was cut",
        ],
        [
            "what the service says under a code that looks like Node's",
            thrown({ code: "EXPIRED", data: { Message: "The contract has expired." } }),
            "DescribeTask failed: ConnectionFailed: The contract has expired.",
        ],
    ])("%s", (_, error, text) => {
        expect(classify(error, "DescribeTask").message).toBe(text);
    });

    test("names the host, where trouble on the way is about it", () => {
        const refused = thrown({ code: "ENOTFOUND" }, "getaddrinfo ENOTFOUND hbr.example");
        expect(classify(refused, "A", undefined, "hbr.example").message).toBe(
            "A failed: ConnectionFailed: ENOTFOUND (hbr.example)",
        );
        expect(classify(thrown({ code: "InDebt" }, "Pay."), "A", undefined, "hbr.example").message).toBe(
            "A failed: InDebt: Pay.",
        );
    });

    test("holds no secret that the service gives as its code", () => {
        const redacted = (text: string): string => text.replaceAll("LTAIsecret", "[redacted]");
        const error = classify(thrown({ code: "LTAIsecret" }, "LTAIsecret is not known"), "A", redacted);
        expect([error.code, error.message]).toEqual([
            "[redacted]",
            "A failed: [redacted]: [redacted] is not known",
        ]);
    });

    test("has the stack of what was not expected beside it, for the debug log, without a secret", () => {
        const redacted = (text: string): string => text.replaceAll("hunter22", "[redacted]");
        const error = classify(new TypeError("no hunter22"), "A", redacted);
        expect(error.message).toBe("A failed: UnexpectedError: no [redacted]");
        expect(error.trace).toMatch(/^TypeError: no \[redacted\]\n {4}at /);
        expect(classify(thrown({ code: "InDebt" }), "A").trace).toBeUndefined();
    });

    test("names its kind", () => {
        expect(classified({}).name).toBe("HbrError");
    });

    test("hides nothing that is no secret", () => {
        expect(classify(new Error("Stryker was here"), "A").message).toBe(
            "A failed: UnexpectedError: Stryker was here",
        );
    });
});

describe("what comes with an error", () => {
    test.each<[unknown, number | undefined]>([
        [404, 404],
        ["404", 404],
        [100, 100],
        [599, 599],
        [99, undefined],
        [600, undefined],
        [404.5, undefined],
        ["none", undefined],
        [[404], undefined],
        [null, undefined],
    ])("a status of %p is read as %p", (statusCode, expected) => {
        expect(classified({ code: "Odd", statusCode }).statusCode).toBe(expected);
    });

    test.each<[unknown, number | undefined]>([
        [2_000, 2_000],
        ["2000", 2_000],
        [0, 0],
        [300_001, 300_000],
        [-1, undefined],
        [Number.NaN, undefined],
        [Infinity, undefined],
        ["", undefined],
        ["soon", undefined],
        [[2_000], undefined],
        [null, undefined],
    ])("a wait of %p is read as %p", (retryAfter, expected) => {
        expect(classified({ code: "Throttling", retryAfter }).retryAfterMs).toBe(expected);
    });

    test.each<[unknown, string | undefined]>([
        ["A-1", "A-1"],
        ["x".repeat(64), "x".repeat(64)],
        ["undefined", undefined],
        ["null", undefined],
        ["x".repeat(65), undefined],
        ["", undefined],
        [42, undefined],
        ["A 1", undefined],
    ])("a request id of %p is read as %p", (requestId, expected) => {
        expect(classified({ code: "Odd", requestId }).requestId).toBe(expected);
    });

    test("is not read where reading fails", () => {
        const error = {
            code: "InDebt",
            get statusCode(): number {
                throw new Error("no");
            },
        };
        expect(classify(error, "A")).toMatchObject({ code: "InDebt", message: "A failed: InDebt" });
    });
});

describe("the class of a code is told by the whole of it", () => {
    test.each<[string, number | undefined, ErrorClass]>([
        ["NotForbidden", 500, "unavailable"],
        ["NoMissingAccessKeyId", 500, "unavailable"],
        ["MissingSecurityTokens", 400, "rejected"],
        ["MissingAccessKeyIdOf", 500, "rejected"],
        ["UnknownVaultNotExist", 500, "unavailable"],
        ["VaultNotExistYet", 500, "unavailable"],
        ["ClientNotExists", 404, "notFound"],
        ["Invalidity", 500, "unavailable"],
        ["NotInvalidVault", 500, "unavailable"],
        ["InvalidVault", 500, "rejected"],
        ["Invalid-Vault", 500, "unavailable"],
    ])("%s with HTTP %s is %s", (code, statusCode, expected) => {
        expect(errorClassOf(code, statusCode)).toBe(expected);
    });
});

test.each<[string, string | RegExp | undefined]>([
    ["Throttling.User", "run fewer changes at once, or ask Alibaba Cloud for a higher rate"],
    ["ClientNotExist", "check the id, and that it lies in the region that the provider talks to"],
    ["500", /^run the command again; if it goes on, ask Alibaba Cloud support/],
    ["Unauthorized", /^check the access key ID/],
    ["Forbidden", /^grant the hbr: action of the call/],
    ["MissingVaultId", undefined],
    ["NotForbidden", undefined],
])("advice for the code %s, which is not in the table", (code, advice) => {
    if (advice === undefined) expect(adviceFor(code)).toBeUndefined();
    else expect(adviceFor(code)).toMatch(advice);
});
