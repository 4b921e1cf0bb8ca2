// Ends at once, with a plain sentence, on a Node too old to run the rest. Import it before anything else.

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Parlance needs Node 20.19 or newer; this is Node ${process.versions.node}.`);
  process.exit(1);
}
