// Leads every connection of this process to the gateway, as a hosts file and a port forwarding would; the clients stay as they are.
"use strict";
const http = require("http");
const https = require("https");
const net = require("net");
const tls = require("tls");

const plain = Number(process.env.GATEWAY_PORT);
const secure = Number(process.env.GATEWAY_TLS_PORT);
http.globalAgent.createConnection = (options, done) =>
  net.connect({ ...options, host: "127.0.0.1", port: plain }, done);
https.globalAgent.createConnection = (options, done) =>
  tls.connect({ ...options, servername: options.host, host: "127.0.0.1", port: secure }, done);
