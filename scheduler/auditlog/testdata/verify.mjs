// Proves an export of an audit by RFC 6962, section 2.1, and the signatures of its heads; of Almanac it has nothing.
// Usage: node verify.mjs FILE
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";

const hash = (...parts) => {
  const sum = createHash("sha256");
  parts.forEach((part) => sum.update(part));
  return sum.digest();
};

function root(leaves) {
  if (leaves.length === 0) return hash();
  if (leaves.length === 1) return leaves[0];
  let left = 1;
  while (left * 2 < leaves.length) left *= 2;
  return hash(Buffer.of(1), root(leaves.slice(0, left)), root(leaves.slice(left)));
}

// A key is NAME+HASH+BASE64, and its first octet says Ed25519; so does the first octet of DER in front of a bare key.
function publicKey(text) {
  const octets = Buffer.from(text.split("+").slice(2).join("+"), "base64");
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), octets.subarray(1)]);
  return createPublicKey({ key: der, format: "der", type: "spki" });
}

const [preface, ...lines] = readFileSync(process.argv[2], "utf8").trimEnd().split("\n");
const key = publicKey(JSON.parse(preface).key);
const heads = lines.filter((line) => line.startsWith('{"head":')).map((line) => JSON.parse(line).head);
const leaves = lines.filter((line) => !line.startsWith('{"head":')).map((line) => hash(Buffer.of(0), line));

if (heads.length === 0) throw new Error("There is no head.");
for (const head of heads) {
  const [text, signatures] = head.split("\n\n");
  const signature = Buffer.from(signatures.trim().split(" ").pop(), "base64").subarray(4);
  if (!verify(null, Buffer.from(text + "\n"), key, signature)) throw new Error("A head is not signed with the key.");
  const [, size, signed] = text.split("\n");
  if (!root(leaves.slice(0, Number(size))).equals(Buffer.from(signed, "base64"))) {
    throw new Error(`The head over ${size} rows does not fit.`);
  }
}
console.log(`${leaves.length} rows and ${heads.length} heads fit.`);
