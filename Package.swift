// swift-tools-version: 6.2
import Foundation
import PackageDescription

// One table says what each target is made of. `NIANGJIA_ONLY=LuaSandbox,NiangjiaSQLite` trims the package to
// those targets, what they stand on, and their tests: no HTTP server is built to try a change of the core.
// `NIANGJIA_STRICT=1` (continuous integration) turns warnings of our own code into errors.

let environment = ProcessInfo.processInfo.environment
let strict = environment["NIANGJIA_STRICT"] == "1"

/// The pkg-config name of Lua 5.4. A city that builds a newer 5.4 than its distribution's names it here.
let luaPackage = environment["NIANGJIA_LUA_PKGCONFIG"] ?? "lua5.4"

let swiftSettings: [SwiftSetting] =
    [.enableUpcomingFeature("ExistentialAny")] + (strict ? [.treatAllWarnings(as: .error)] : [])
let cSettings: [CSetting] =
    [.define("_GNU_SOURCE"), .enableWarning("all"), .enableWarning("extra")]
    + (strict ? [.treatAllWarnings(as: .error)] : [])

struct Room {
    var name: String
    var uses: [String] = []
    var products: [(name: String, package: String)] = []
    var isC = false
    var tested = true
    /// Rooms that only its tests use.
    var testUses: [String] = []
}

let systemLibraries: [(name: String, pkgConfig: String, apt: String)] = [
    ("CLua", luaPackage, "liblua5.4-dev"),
    ("CSeccomp", "libseccomp", "libseccomp-dev"),
    ("CSQLite", "sqlite3", "libsqlite3-dev"),
    ("CZstd", "libzstd", "libzstd-dev"),
    ("CCrypto", "libcrypto", "libssl-dev"),
    ("CZip", "libzip", "libzip-dev"),
    ("CXlsxWriter", "xlsxwriter", "libxlsxwriter-dev"),
    ("CExpat", "expat", "libexpat1-dev"),
    ("CYAML", "yaml-0.1", "libyaml-dev"),
]

let rooms: [Room] = [
    Room(name: "CLuaEngine", uses: ["CLua", "CSeccomp"], isC: true, tested: false),
    Room(name: "LuaSandbox", uses: ["CLuaEngine"]),
    Room(name: "NiangjiaCore"),
    Room(name: "NiangjiaCrypto", uses: ["NiangjiaCore", "CCrypto", "CZstd"]),
    Room(name: "CWriteAhead", uses: ["CSQLite"], isC: true, tested: false),
    Room(name: "NiangjiaSQLite", uses: ["NiangjiaCore", "CSQLite", "CWriteAhead"]),
    Room(name: "NiangjiaConfig", uses: ["NiangjiaCore", "CYAML"]),
    Room(name: "NiangjiaExchange", uses: ["NiangjiaCore", "CZip", "CXlsxWriter", "CExpat"]),
    // The plugins' own tests are read by the configuration's validator.
    Room(name: "NiangjiaPlugins", uses: ["NiangjiaCore", "LuaSandbox"], testUses: ["NiangjiaConfig"]),
    Room(name: "NiangjiaWeb", uses: ["NiangjiaCore"], products: [("Hummingbird", "hummingbird")]),
    Room(name: "NiangjiaDemo", uses: ["NiangjiaCore"], testUses: ["NiangjiaExchange"]),
    Room(
        name: "NiangjiaServer",
        uses: [
            "NiangjiaCore", "NiangjiaCrypto", "NiangjiaSQLite", "NiangjiaConfig", "NiangjiaExchange",
            "NiangjiaPlugins", "NiangjiaWeb", "NiangjiaDemo",
        ]),
    Room(
        name: "NiangjiaTesting", uses: ["NiangjiaCore", "NiangjiaCrypto", "NiangjiaSQLite"], tested: false),
]

let only = environment["NIANGJIA_ONLY"].map { Set($0.split(separator: ",").map(String.init)) }
let kept: Set<String> = {
    guard let only else { return Set(rooms.map(\.name)) }
    var found = only
    // Not rooms, but what they stand on.
    if found.contains("Soak") {
        found.formUnion(["NiangjiaConfig", "NiangjiaExchange", "NiangjiaPlugins", "NiangjiaTesting"])
    }
    if found.contains("Benchmarks") { found.formUnion(["NiangjiaCrypto", "NiangjiaSQLite", "NiangjiaPlugins"]) }
    if found.contains("LedgerBench") { found.formUnion(["NiangjiaCrypto", "NiangjiaSQLite"]) }
    var open = Array(found)
    while let name = open.popLast() {
        let room = rooms.first { $0.name == name }
        let tests = only.contains(name) ? room?.testUses ?? [] : []
        for next in (room?.uses ?? []) + tests where found.insert(next).inserted { open.append(next) }
    }
    return found
}()
let keptRooms = rooms.filter { kept.contains($0.name) }
let keepsAll = only == nil

func dependencies(of room: Room) -> [Target.Dependency] {
    room.uses.map { .target(name: $0) } + room.products.map { .product(name: $0.name, package: $0.package) }
}

var targets: [Target] = systemLibraries.filter { library in
    keepsAll || keptRooms.contains { $0.uses.contains(library.name) }
}.map { .systemLibrary(name: $0.name, pkgConfig: $0.pkgConfig, providers: [.apt([$0.apt])]) }

for room in keptRooms {
    targets.append(
        .target(
            name: room.name, dependencies: dependencies(of: room),
            cSettings: room.isC ? cSettings : nil, swiftSettings: room.isC ? nil : swiftSettings))
    guard room.tested, FileManager.default.fileExists(atPath: "Tests/\(room.name)Tests") || keepsAll else { continue }
    guard FileManager.default.fileExists(atPath: Context.packageDirectory + "/Tests/\(room.name)Tests") else {
        continue
    }
    // Every test target may use the conformance kit, which stands on the SQLite driver.
    let kit: [Target.Dependency] = kept.contains("NiangjiaTesting") ? [.target(name: "NiangjiaTesting")] : []
    // Processes of their own that tests start and kill: a worker (a test runner is none), and a user of the store.
    let judges = ["LuaSandbox", "NiangjiaPlugins", "NiangjiaServer"].contains(room.name)
    let probes = kept.contains("NiangjiaTesting") && room.name == "NiangjiaSQLite"
    let processes: [Target.Dependency] =
        (judges ? [.target(name: "niangjia-worker")] : [])
        + (room.name == "LuaSandbox" ? [.target(name: "niangjia-worker-native")] : [])
        + (probes ? [.target(name: "StoreProbe")] : [])
    let others: [Target.Dependency] = room.testUses.filter { kept.contains($0) }.map { .target(name: $0) }
    targets.append(
        .testTarget(
            name: room.name + "Tests",
            dependencies: [.target(name: room.name)] + kit + processes + others + dependencies(of: room),
            swiftSettings: swiftSettings))
}

if kept.contains("NiangjiaTesting") {
    targets.append(
        .executableTarget(
            name: "StoreProbe", dependencies: ["NiangjiaCore", "NiangjiaSQLite"], path: "Tests/StoreProbe",
            swiftSettings: swiftSettings))
}
// Long campaigns (`make soak`), the processes that they kill, and small versions for every day: `NIANGJIA_ONLY=Soak`.
let campaignRooms = [
    "NiangjiaCore", "NiangjiaCrypto", "NiangjiaSQLite", "NiangjiaConfig", "NiangjiaExchange", "NiangjiaPlugins",
    "NiangjiaTesting", "LuaSandbox",
]
if keepsAll || kept.contains("Soak") {
    targets.append(
        .executableTarget(
            name: "niangjia-soak", dependencies: campaignRooms.map { .target(name: $0) } + ["niangjia-worker"],
            path: "Tests/Soak", swiftSettings: swiftSettings))
    targets.append(
        .testTarget(
            name: "SoakTests", dependencies: ["niangjia-soak", "NiangjiaTesting"], swiftSettings: swiftSettings))
}
// Job 2 of the reference programs (Benchmarks/run-job2.sh): `NIANGJIA_ONLY=LedgerBench`.
if keepsAll || kept.contains("LedgerBench") {
    targets.append(
        .executableTarget(
            name: "niangjia-bench-ledger", dependencies: ["NiangjiaCore", "NiangjiaCrypto", "NiangjiaSQLite"],
            path: "Benchmarks/Ledger", swiftSettings: swiftSettings))
}
if kept.contains("LuaSandbox") {
    targets.append(.executableTarget(name: "niangjia-worker", dependencies: ["CLuaEngine"], cSettings: cSettings))
    targets.append(
        .executableTarget(
            name: "niangjia-worker-native", dependencies: ["CLuaEngine", "CLua"], path: "Tests/NativeWorker",
            cSettings: cSettings))
}
if keepsAll {
    targets.append(
        .executableTarget(
            name: "niangjia",
            dependencies: [
                "NiangjiaServer", "LuaSandbox", "CLuaEngine",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: swiftSettings))
    if FileManager.default.fileExists(atPath: Context.packageDirectory + "/Tests/niangjiaTests") {
        targets.append(
            .testTarget(
                name: "niangjiaTests",
                dependencies: ["niangjia", "NiangjiaServer", "NiangjiaTesting", "CSQLite"],
                swiftSettings: swiftSettings))
    }
}
// Job 3 of the reference programs (Benchmarks/run-job3.sh): what hummingbird itself costs.
if keepsAll {
    targets.append(
        .executableTarget(
            name: "niangjia-bench-bare", dependencies: [.product(name: "Hummingbird", package: "hummingbird")],
            path: "Benchmarks/Bare", swiftSettings: swiftSettings))
}
// Reads the sources as text and needs nothing built: `NIANGJIA_ONLY=StyleTests`.
if keepsAll || kept.contains("StyleTests") {
    targets.append(
        .testTarget(name: "StyleTests", dependencies: [], exclude: ["ratchet.txt"], swiftSettings: swiftSettings))
}

// Measures the corridor without a server around it: `NIANGJIA_ONLY=Benchmarks`.
if keepsAll || only?.contains("Benchmarks") == true {
    targets.append(
        .executableTarget(
            name: "niangjia-bench",
            dependencies: [
                "NiangjiaCore", "NiangjiaCrypto", "NiangjiaSQLite", "NiangjiaPlugins", "LuaSandbox", "CLuaEngine",
            ],
            path: "Benchmarks/Decide", swiftSettings: swiftSettings))
}

let keptProducts = Set(keptRooms.flatMap { $0.products.map(\.package) })
var packages: [Package.Dependency] = []
if keptProducts.contains("hummingbird") {
    // Neither trait is used: without them swift-configuration is not built.
    packages.append(.package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []))
}
if keepsAll {
    packages.append(.package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"))
}

let package = Package(
    name: "niangjia",
    products: keepsAll ? [.executable(name: "niangjia", targets: ["niangjia"])] : [],
    dependencies: packages,
    targets: targets,
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu11
)
