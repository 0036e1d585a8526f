/// Operations that the API leaves out on purpose, each with its reason. A test holds that routes and this list together are all
/// operations.
public enum OffHTTP {
    /// Operation → why it is for this machine only.
    public static let reasons: [String: String] = [
        "doctor": "tells paths and versions of the machine; for whoever keeps it",
        "batch.entered":
            "puts a restored store right, from the ledger and the sheets that lie at the city's own machine",
        "batch.entered.lines": "puts a restored store right, at the city's own machine",
        "batch.entered.match": "puts a restored store right, at the city's own machine",
        "backup": "writes a file of the whole store to a path of the machine",
        "keys.show": "tells where the keys lie; for whoever keeps the machine",
        "keys.check": "reads a path of the machine",
        "keys.rotate": "writes the key file at the city's own machine, where its new copy is made",
        "clock.confirm": "opens a city that no server can open, at its own machine",
        "config.export": "writes files into a folder of the machine",
        "program.decide": "waits until everything is decided; over HTTP run.start begins and run.show follows",
        "register.import":
            "reads a path of the machine; over HTTP import.begin, import.put and import.confirm do the same in steps",
        "plugin.try": "tries the author's folder against a person's facts: work at the city's own machine",
        "plugin.fixture": "writes a test out of a journaled call, for the author's folder",
        "account.add": "accounts are given at the city's own machine",
        "account.list": "accounts are seen at the city's own machine",
        "account.disable": "accounts are ended at the city's own machine",
        "device.add": "a device's key is written into the device at the city's own machine",
        "device.list": "devices are seen at the city's own machine",
        "device.revoke": "devices are ended at the city's own machine",
        "role.set": "roles of plugins are given at the city's own machine",
        "role.list": "roles of plugins are seen at the city's own machine",
    ]
}
