import Foundation
import Testing

@testable import LuaSandbox

/// A hostile script with what must become of it: a file below Tests/Attacks whose head says so.
struct Attack: Sendable, CustomTestStringConvertible {
    var name: String
    var bytes: [UInt8]
    var head: [String: String]

    var testDescription: String { name }
    var function: String { head["function"] ?? "assess.x" }
    /// What may become of it: a kind of failure, `refusedAtLoad`, `nondeterministic`, or `harmless` with the
    /// kind of decision and its amount.
    var verdicts: [String] { (head["verdict"] ?? "").components(separatedBy: " or ") }
    var rows: Int { head["rows"].flatMap(Int.init) ?? 3 }
    /// Milliseconds that a row may take, where the clock must end it.
    var wallMilliseconds: Int? { head["wall"].flatMap(Int.init) }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Attacks")

    static let all: [Attack] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".lua") }.sorted().compactMap { Attack(file: $0) }
    }()

    init?(file: String) {
        guard let data = FileManager.default.contents(atPath: Self.folder.appendingPathComponent(file).path) else {
            return nil
        }
        name = String(file.dropLast(4))
        bytes = Array(data)
        head = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix("-- ") {
            let halves = line.dropFirst(3).split(separator: ":", maxSplits: 1)
            guard halves.count == 2, head[String(halves[0])] == nil else { continue }
            head[String(halves[0])] = halves[1].trimmingCharacters(in: .whitespaces)
        }
    }

    var source: ScriptSource {
        var source = ScriptSource(bytes: bytes, unchecked: head["unchecked"] == "true")
        if let instructions = head["instructions"].flatMap(UInt64.init) { source.limits.rowInstructions = instructions }
        if let memory = head["memory"].flatMap(UInt64.init) { source.limits.memoryBytes = memory }
        return source
    }

    var call: ScriptCall {
        let document: ScriptValue = [["name": "a", "age": 7]]
        func each<Cell>(_ cell: Cell) -> [Cell?] { Array(repeating: cell, count: rows) }
        return ScriptCall(
            function: function, rows: rows, settings: [["value": 5_000, "list": [1, 2]]],
            columns: [
                ScriptColumn("facts.n", .integers((0..<rows).map { Int64($0) })),
                ScriptColumn("facts.subject.name", .texts(ScriptDictionary(each("王小明")))),
                ScriptColumn("facts.subject.born_on", .dates(Array(repeating: 7_000, count: rows))),
                ScriptColumn("facts.proof", .opaques(ScriptDictionary(each("file-1")))),
                ScriptColumn("facts.rows", .documents(ScriptDictionary(each(document))), isStrict: true),
                ScriptColumn("context.on", .dates(Array(repeating: 20_657, count: rows))),
                ScriptColumn("context.waived", .group(rows: rows), isOpen: true),
            ])
    }

    private var action: ScriptAction {
        ScriptAction(
            function: function, input: ["n": 3, "note": .opaque("t1"), "rows": [["name": "a", "age": 7]]],
            settings: ["value": 5_000], context: ["on": "2026-07-15", "actor": ["role": "clerk"]])
    }

    /// A host that says the same to everybody: rows to lists, a row to the rest, a refusal to whoever asks for funds.
    private static func told(_ question: ScriptQuestion) -> ScriptTelling {
        let row: ScriptValue = ["code": "A", "score": 7, "note": .opaque("t2"), "gone": .null]
        if question.name.hasPrefix("fund.") { return .refusal(zh: "不许", en: "not allowed") }
        return .value(question.name.hasSuffix("list") || question.name.hasSuffix("find") ? [row, row] : row)
    }

    /// What became of it, in the words of the head: of each row, or of the whole call.
    func outcome(on pool: WorkerPool) async -> [String] {
        do throws(ScriptError) {
            _ = try await pool.load(source)
        } catch .script {
            return ["refusedAtLoad"]
        } catch {
            return ["\(error)"]
        }
        return await answered(on: pool)
    }

    /// The same of a script that has been loaded.
    func answered(on pool: WorkerPool, lane: ScriptLane = .interactive) async -> [String] {
        do throws(ScriptError) {
            if function.hasPrefix("action.") {
                return [try await pool.act(action, on: source, lane: lane) { Self.told($0) }.result.word]
            }
            return try await pool.call(call, on: source, lane: lane).rows.map { row in
                if let failure = row.failure { return "\(failure.kind)" }
                return "harmless \(row.kind) \(row.amount)"
            }
        } catch .nondeterministic {
            return ["nondeterministic"]
        } catch .script(let failure) {
            return ["\(failure.kind)"]
        } catch {
            return ["\(error)"]
        }
    }
}

extension ScriptActionReply.Result {
    /// In the words of an attack's head.
    var word: String {
        switch self {
        case .answer(let value): "harmless answer \(value["n"].integer ?? 0)"
        case .fail(let code, _): "harmless fail \(code)"
        case .failed(let failure): "\(failure.kind)"
        }
    }
}
