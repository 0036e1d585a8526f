import NiangjiaCore

/// Products that come out wrong without a word: integers of 64 bits wrap around, and a rate is a number of basis points.
extension SourceScan {
    /// A constant that no amount (up to 10,000,000,000,000 fen) can be multiplied by.
    mutating func checkFactors() {
        for (n, token) in tokens.enumerated() where token.kind == .number {
            guard let number = Int64(token.text), number > Int64.max / FieldType.mostFen else { continue }
            let isFactor = { (operand: LuaToken?) in
                operand.map { $0.kind == .name || $0.text == ")" || $0.text == "(" } ?? false
            }
            guard
                tokens[safe: n + 1]?.text == "*" && isFactor(tokens[safe: n + 2])
                    || tokens[safe: n - 1]?.text == "*" && isFactor(tokens[safe: n - 2])
            else { continue }
            add(
                .warning, token.line, zh: "乘以 \(token.text) 会越界回绕(整数是 64 位,金额可达 \(FieldType.mostFen) 分)",
                en:
                    "a product with \(token.text) wraps around beyond 64 bits: amounts go up to \(FieldType.mostFen) fen"
            )
        }
    }

    mutating func checkProduct(_ shape: ScriptShape, _ start: Int, _ end: Int) {
        guard tokens[safe: start - 1]?.text == "*" || tokens[safe: end]?.text == "*" else { return }
        let name = tokens[start..<end].map(\.text).joined()
        switch shape {
        case .rate:
            add(
                .warning, tokens[start].line, zh: "\(name) 是比例(万分之一),请写 money.rate(金额, \(name)):四舍五入一次,越界即报错",
                en:
                    "\(name) is a rate in basis points; write money.rate(amount, \(name)): rounded once, and it fails instead of wrapping"
            )
        case .unbounded(let path):
            let field = path.split(separator: ".").last.map(String.init) ?? path
            add(
                .warning, tokens[start].line,
                zh: "\(name) 由申请人填写,没有上限,乘积会越界回绕(整数是 64 位):给字段加 maximum",
                en:
                    "\(name) is typed by applicants without a bound, and the product wraps around beyond 64 bits: give the field a maximum",
                fix: PluginFix(place: manifestLines.place(path), line: "\(field): {type: integer, maximum: 10000}"))
        default: break
        }
    }
}
