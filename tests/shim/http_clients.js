// SPDX-License-Identifier: Apache-2.0
// http_clients.js - GETs by Node, one after the other, bodies to stdout:
//
//	node http_clients.js fetch|http URL...
"use strict";
const http = require("http");
const [how, ...urls] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function get(url) {
	return new Promise((resolve, reject) => http.get(url, { agent }, (r) => {
		r.pipe(process.stdout, { end: false });
		r.on("end", () => r.complete ? resolve() :
			reject(new Error("not complete")));
		r.on("aborted", () => reject(new Error("aborted")));
		r.on("error", reject);
	}).on("error", reject));
}

async function fetched(url) {
	const r = await fetch(url);
	for await (const some of r.body)
		if (!process.stdout.write(some))
			await new Promise((go) => process.stdout.once("drain", go));
}

(async () => {
	for (const url of urls)
		await (how === "fetch" ? fetched(url) : get(url));
	agent.destroy();
})().catch((e) => {
	console.error(e);
	process.exit(1);
});
