// Node-RED for the flows of this folder: `node-red --settings settings.js --userDir .node-red flows.json`.
module.exports = {
    uiHost: "127.0.0.1",
    uiPort: Number(process.env.PORT || 1880),
    // On disk, so that what waits still waits after a restart. In memory it would be forgotten.
    contextStorage: { default: { module: "localfilesystem", config: { flushInterval: 1 } } },
    // The larger of a case's answers; a submission may have 4 MB.
    apiMaxLength: "5mb",
    logging: { console: { level: process.env.LOG_LEVEL || "info", metrics: false, audit: false } },
};
