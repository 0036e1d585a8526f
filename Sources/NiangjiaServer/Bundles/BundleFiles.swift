import NiangjiaConfig
import NiangjiaCore

/// What reading a set of files gave: a bundle, or why there is none.
public struct BundleReading: Sendable {
    public var bundle: Bundle?
    public var report: ConfigReport
}

/// Files ↔ bundles.
enum BundleFiles {
    /// SM3 over the sorted list of (path, digest of the file), hexadecimal.
    static func digest(_ files: [String: [UInt8]], _ crypto: any CryptoProvider) -> String {
        var list: [UInt8] = []
        for path in files.keys.sorted() {
            list += Array(path.utf8) + [0] + crypto.digest(files[path] ?? [])
        }
        return hexadecimal(crypto.digest(list))
    }
}

/// Bytes as lower-case hexadecimal text.
func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

extension BundleFiles {
    static func read(_ files: [String: [UInt8]], _ crypto: any CryptoProvider) -> BundleReading {
        BundleReading(bundle: nil, report: ConfigReport())
    }
}
