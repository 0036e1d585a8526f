/// A figure of the report that a plugin defines (`metrics` in its manifest).
public struct OwnMetric: Sendable {
    /// The plugin's id.
    public var plugin: String
    /// The name in its manifest (`verified`).
    public var name: String
    /// What the plugin is called.
    public var title: LocalText
    /// What is counted.
    public var definition: MetricDefinition
    /// What its words mean; else what is wrong with them: a bundle in force may be older than what `check` asks today.
    var plan: Result<MetricPlan, MetricFault>

    /// What the plugin is called, and the name.
    var named: LocalText { LocalText(zh: "\(title.zh) \(name)", en: "\(title.en) \(name)") }

    /// `hazard-report.verified`
    public var id: String { "\(plugin).\(name)" }

    /// What exactly is counted, for the reader of the report; empty where that can't be said.
    public var counted: LocalText { (try? plan.get().words) ?? LocalText(zh: "", en: "") }

    /// What a part is called in a language.
    public func title(ofPart part: String, _ language: Language) -> String {
        FigureParts.title(part, of: id, language)
    }

    /// Every figure that the plugins of a bundle define, in the order of their ids.
    public static func all(of bundle: Bundle) -> [OwnMetric] {
        bundle.plugins.sorted { $0.key < $1.key }.flatMap { id, plugin in
            plugin.manifest.metrics.sorted { $0.key < $1.key }.map { name, definition in
                OwnMetric(
                    plugin: id, name: name, title: plugin.manifest.title, definition: definition,
                    plan: MetricPlan.of(definition, in: plugin.manifest))
            }
        }
    }
}
