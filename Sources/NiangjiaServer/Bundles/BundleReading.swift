import NiangjiaConfig
import NiangjiaCore

/// What reading a set of files gave: a bundle, or why there is none.
public struct BundleReading: Sendable {
    public var bundle: Bundle?
    public var report: ConfigReport
}
