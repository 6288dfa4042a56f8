// Starts telegram-test-api on a free port and prints its address; ends with its standard input.
const net = require("node:net");
const TelegramServer = require("telegram-test-api");

const probe = net.createServer().listen(0, "127.0.0.1", () => {
  const { port } = probe.address();
  probe.close(async () => {
    await new TelegramServer({ host: "127.0.0.1", port }).start();
    console.log(`http://127.0.0.1:${port}`);
  });
});
process.stdin.on("end", () => process.exit(0)).resume();
