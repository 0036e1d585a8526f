import NiangjiaCore

/// Where the host listens: `127.0.0.1:8080`.
struct ListenAddress: Hashable, Sendable {
    var host: String
    var port: Int

    /// - Throws: `invalid` for what is no address, and for one beyond this machine where no reverse proxy is named: what comes over
    ///   a network comes by TLS, and the proxy is who speaks it (decision 0033).
    init(_ text: String, proxies: [String]) throws(NiangjiaError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let port = Int(parts[1]), (0...65_535).contains(port) else {
            throw NiangjiaError(
                .invalid, zh: "监听地址须写作 127.0.0.1:8080。", en: "An address is written 127.0.0.1:8080.", place: "/listen")
        }
        let name = parts[0] == "localhost" ? "127.0.0.1" : String(parts[0])
        let octets = name.split(separator: ".", omittingEmptySubsequences: false).compactMap { UInt8($0) }
        guard octets.count == 4, name.utf8.allSatisfy({ $0 == 0x2E || (0x30...0x39).contains($0) }) else {
            throw NiangjiaError(
                .invalid, zh: "监听地址须写 IP 地址和端口,如 127.0.0.1:8080。",
                en: "Listen on an IP address and a port, like 127.0.0.1:8080.", place: "/listen")
        }
        guard octets[0] == 127 || !proxies.isEmpty else {
            throw NiangjiaError(
                .invalid, zh: "\(name) 不是本机地址:对外服务须经反向代理(TLS),请在 config/niangjia.yaml 的 proxy 中写明它的地址。",
                en:
                    "\(name) is not this machine's own: a reverse proxy that speaks TLS stands before the host, and proxy in config/niangjia.yaml names its address.",
                place: "/listen")
        }
        host = name
        self.port = port
    }
}
