import LuaSandbox
import NiangjiaPlugins

/// Which niangjia this is.
public enum Edition {
    /// The release; a development build says so.
    public static let version = "0.1.0-dev"

    /// What `--version` prints: the release, and what decides whether the same bytes come out of the same rules.
    public static let text = "niangjia \(version)  (\(ScriptEngine.identity); plugin API level \(APITable.level))"
}
