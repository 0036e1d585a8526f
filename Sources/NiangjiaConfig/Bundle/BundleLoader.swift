import NiangjiaCore

/// Makes a bundle of a file set: the one validator for `check`, boot, reload and propose (decision 0009).
public struct BundleLoader: Sendable {
    /// Hexadecimal SM3 of bytes.
    public typealias Digest = @Sendable ([UInt8]) -> String

    public var digest: Digest
    /// Whether a union code is known; nil: not checked.
    public var isOrganization: (@Sendable (String) -> Bool)?
    public var limits: ConfigLimits

    public init(
        digest: @escaping Digest, isOrganization: (@Sendable (String) -> Bool)? = nil,
        limits: ConfigLimits = ConfigLimits()
    ) {
        self.digest = digest
        self.isOrganization = isOrganization
        self.limits = limits
    }

    /// The bundle of a file set, path in the data folder → bytes, and everything that is wrong with it. Nil while there is an
    /// error.
    public func load(files: [String: [UInt8]]) -> (bundle: Bundle?, report: ConfigReport) {
        var assembly = BundleAssembly(loader: self, files: files)
        let bundle = assembly.assemble()
        let report = ConfigReport(assembly.problems)
        return (report.isUsable ? bundle : nil, report)
    }

    /// The bundle of a city's data folder; see ``load(files:)``. Throws `configuration` where the folder can't be read.
    public func load(folder: String) throws -> (bundle: Bundle?, report: ConfigReport) {
        load(files: try ConfigFolder.files(in: folder, limits: limits))
    }

    /// A bundle that was approved before, from the stored files: what a newer host finds wrong with it does not stop replay or open
    /// cases. Nil only where the city's own file can't be read.
    public func loadApproved(files: [String: [UInt8]]) -> (bundle: Bundle?, report: ConfigReport) {
        var assembly = BundleAssembly(loader: self, files: files)
        let bundle = assembly.assemble()
        return (bundle, ConfigReport(assembly.problems))
    }

    /// The digest of a file set: over lines `digest  path`, sorted by path, of the files that count. Any `sha256sum`-like tool for SM3
    /// gives the same.
    public func digest(of files: [String: [UInt8]]) -> String {
        let lines = files.keys.filter { ConfigFileKind($0) != nil }
            .sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
            .map { "\(digest(files[$0] ?? []))  \($0)\n" }
        return digest(Array(lines.joined().utf8))
    }
}
