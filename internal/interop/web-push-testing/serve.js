// Starts web-push-testing in the foreground and on loopback only; its own command starts a detached
// process that listens on every interface.
const { PushApiModel } = require('web-push-testing/src/PushApiModel.js');
const TestingServer = require('web-push-testing/src/server.js');

const server = new TestingServer(new PushApiModel(), Number(process.argv[2]));
const listen = server._app.listen.bind(server._app);
server._app.listen = (port, then) => listen(port, '127.0.0.1', then);
server.startServer();
