// Loaded into the provider's process by NODE_OPTIONS: connections to the hosts of TEST_HOSTS, which are not on this
// machine, go to a port of it. So a test sees which host the provider calls.
const net = require("node:net");

const ports = JSON.parse(process.env.TEST_HOSTS ?? "{}");
const { connect } = net.Socket.prototype;

net.Socket.prototype.connect = function (...args) {
    const options = Array.isArray(args[0]) ? args[0][0] : args[0];
    const port = ports[options?.host];
    if (port !== undefined) Object.assign(options, { host: "127.0.0.1", port });
    return connect.apply(this, args);
};
