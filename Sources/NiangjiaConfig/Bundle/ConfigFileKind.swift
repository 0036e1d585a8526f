import NiangjiaCore

/// What a path in a city's data folder is to the configuration.
enum ConfigFileKind: Hashable, Sendable {
    case city, funds, stacking, facilities
    case program(String)
    case calendar(String)
    case mapping(String)
    case bank(String)
    case manifest(plugin: String)
    case source(plugin: String)

    /// Files that belong to authors and editors, and to no bundle.
    static func isBeside(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        guard let name = parts.last else { return true }
        if name.hasPrefix(".") || name.hasSuffix("~") || name.hasPrefix("README") || name.hasSuffix(".md")
            || name.hasSuffix(".sample") || parts.contains(where: { $0.hasPrefix(".") })
        {
            return true
        }
        return parts.count > 3 && parts[0] == "plugins" && parts[2] == "tests"
    }

    init?(_ path: String) {
        let parts = path.split(separator: "/").map(String.init)
        func stem(_ name: String) -> String? {
            name.hasSuffix(".yaml") && name.count > 5 ? String(name.dropLast(5)) : nil
        }
        switch (parts.count, parts.first) {
        case (2, "config"):
            switch parts[1] {
            case "niangjia.yaml": self = .city
            case "funds.yaml": self = .funds
            case "stacking.yaml": self = .stacking
            case "facilities.yaml": self = .facilities
            default: return nil
            }
        case (3, "config"):
            guard let name = stem(parts[2]) else { return nil }
            switch parts[1] {
            case "programs": self = .program(name)
            case "calendar": self = .calendar(name)
            case "mappings": self = .mapping(name)
            case "banks": self = .bank(name)
            default: return nil
            }
        case (3, "plugins"):
            switch parts[2] {
            case "plugin.yaml": self = .manifest(plugin: parts[1])
            case "main.lua": self = .source(plugin: parts[1])
            default: return nil
            }
        default: return nil
        }
    }
}

/// Caps on a file set.
public struct ConfigLimits: Hashable, Sendable {
    public var yaml: YAMLLimits
    public var maxSourceBytes: Int
    public var maxFiles: Int
    public var maxTotalBytes: Int
    public init(
        yaml: YAMLLimits = YAMLLimits(), maxSourceBytes: Int = 256 << 10, maxFiles: Int = 2000,
        maxTotalBytes: Int = 32 << 20
    ) {
        self.yaml = yaml
        self.maxSourceBytes = maxSourceBytes
        self.maxFiles = maxFiles
        self.maxTotalBytes = maxTotalBytes
    }
}
