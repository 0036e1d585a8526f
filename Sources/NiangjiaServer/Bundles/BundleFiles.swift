import NiangjiaConfig
import NiangjiaCore

/// What reading a set of files gave: a bundle, or why there is none.
public struct BundleReading: Sendable {
    public var bundle: Bundle?
    public var report: ConfigReport
}

/// Bytes as lower-case hexadecimal text.
func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
