import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// Crafted pictures: everything that tells of the person goes, the picture stays to the byte.
@Suite struct PhotoMetadataTests {
    private static func segment(_ marker: UInt8, _ body: [UInt8]) -> [UInt8] {
        [0xFF, marker, UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 255)] + body
    }

    /// An Exif segment with an orientation, and a place after it, in either byte order.
    private static func exif(_ orientation: UInt8, isLittle: Bool) -> [UInt8] {
        let tiff: [UInt8] =
            isLittle
            ? [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]
            : [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
        return segment(0xE1, Array("Exif\0\0".utf8) + tiff + Array("GPS secret".utf8))
    }

    private static let jfif = segment(0xE0, Array("JFIF\0".utf8) + [1, 1, 0, 0, 1, 0, 1, 0, 0])
    private static let icc = segment(0xE2, Array("ICC_PROFILE\0".utf8) + [1, 1, 7, 7])
    private static let adobe = segment(0xEE, Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, 1])
    private static let tables = segment(0xDB, [0] + [UInt8](repeating: 1, count: 64))
    private static let scan = segment(0xDA, [1, 1, 0, 0, 63, 0]) + [0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD0, 0x56]
    private static let gone =
        segment(0xE1, Array("http://ns.adobe.com/xap/1.0/\0secret".utf8)) + segment(0xE0, Array("JFXX\0secret".utf8))
        + segment(0xE2, Array("MPF\0secret".utf8)) + segment(0xED, Array("Photoshop 3.0\0secret".utf8))
        + segment(0xEF, Array("secret".utf8)) + segment(0xFE, Array("secret".utf8))

    @Test("A thumbnail in JFIF's own segment goes, and markers that no picture needs")
    func thumbnails() throws {
        let thumbnail = Self.segment(
            0xE0, Array("JFIF\0".utf8) + [1, 1, 0, 0, 1, 0, 1, 2, 2] + Array("SECRETTHUMB!".utf8))
        let vendor = Self.segment(0xF7, Array("VENDOR lat=36".utf8)) + Self.segment(0xDF, Array("secret".utf8))
        let kept = try removed([0xFF, 0xD8] + thumbnail + vendor + Self.tables + Self.scan + [0xFF, 0xD9])
        #expect(kept == [0xFF, 0xD8] + Self.jfif + Self.tables + Self.scan + [0xFF, 0xD9])
    }

    private func removed(_ bytes: [UInt8]) throws -> [UInt8] {
        let type = try #require(EvidenceType(of: bytes))
        return try PhotoMetadata.removed(from: bytes, type: type)
    }

    @Test(
        "A JPEG loses places, times, owners, thumbnails, comments and trailers, and keeps its picture",
        arguments: [true, false])
    func jpeg(isLittle: Bool) throws {
        let picture = Self.icc + Self.adobe + Self.tables + Self.scan
        let given =
            [0xFF, 0xD8] + Self.jfif + Self.exif(6, isLittle: isLittle) + Self.gone + picture
            // A second scan, as progressive pictures have, with a comment between.
            + Self.segment(0xFE, Array("secret".utf8)) + Self.tables + Self.scan + [0xFF, 0xD9]
            + Array("secret trailer".utf8)
        let clean = try removed(given)
        #expect(!String(decoding: clean, as: UTF8.self).contains("secret"))
        #expect(Array(clean.suffix(2)) == [0xFF, 0xD9])
        #expect(clean.starts(with: [0xFF, 0xD8] + Self.jfif + [0xFF, 0xE1]))
        // The orientation stays: a picture would lie on its side otherwise.
        let upright = try removed([0xFF, 0xD8] + Self.jfif + picture + Self.tables + Self.scan + [0xFF, 0xD9])
        #expect(
            clean.count == upright.count + 36
                && Array(clean.suffix(upright.count - 2 - Self.jfif.count))
                    == Array(upright.suffix(upright.count - 2 - Self.jfif.count))
        )
        #expect(try removed(clean) == clean, "cleaned once is cleaned")
    }

    @Test("A JPEG without metadata is kept to the byte")
    func plain() throws {
        let given = [0xFF, 0xD8] + Self.jfif + Self.tables + Self.scan + [0xFF, 0xD9]
        #expect(try removed(given) == given)
    }

    @Test("A JPEG that isn't built as one is refused: nobody knows what it holds")
    func broken() throws {
        let whole = [0xFF, 0xD8] + Self.jfif + Self.exif(6, isLittle: true) + Self.tables + Self.scan + [0xFF, 0xD9]
        for length in 3..<whole.count {
            let cut = Array(whole.prefix(length))
            guard EvidenceType(of: cut) != nil else { continue }
            #expect(throws: NiangjiaError.self, "\(length)") { try removed(cut) }
        }
        // Lengths that lie, markers where none belongs.
        for bad: [UInt8] in [
            [0xFF, 0xD8, 0xFF, 0xE1, 0, 1], [0xFF, 0xD8, 0xFF, 0xE1, 0xFF, 0xFF, 1], [0xFF, 0xD8, 0xFF, 0xD9],
            [0xFF, 0xD8, 0xFF, 0x00, 0, 2], [0xFF, 0xD8, 0xFF, 0xD8, 0, 2],
        ] { #expect(throws: NiangjiaError.self) { try removed(bad) } }
    }

    private static func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
        let length = UInt32(body.count)
        return [UInt8(length >> 24), UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255)]
            + Array(name.utf8) + body + [1, 2, 3, 4]
    }
    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    @Test("A PNG keeps only the chunks that make the picture")
    func png() throws {
        let secret = Array("secret".utf8)
        let head = Self.chunk("IHDR", [UInt8](repeating: 0, count: 13)) + Self.chunk("iCCP", [1])
        let picture = Self.chunk("IDAT", [9, 9, 9]) + Self.chunk("IEND", [])
        let given =
            Self.signature + head + Self.chunk("eXIf", secret) + Self.chunk("tEXt", secret)
            + Self.chunk("zTXt", secret) + Self.chunk("iTXt", secret) + Self.chunk("tIME", secret)
            + Self.chunk("prVt", secret) + picture + secret
        #expect(try removed(given) == Self.signature + head + picture)
        for length in 8..<(Self.signature.count + head.count + picture.count) {
            let cut = Array((Self.signature + head + picture).prefix(length))
            #expect(throws: NiangjiaError.self, "\(length)") { try removed(cut) }
        }
        let lying = Self.signature + [0xFF, 0xFF, 0xFF, 0xFF] + Array("IHDR".utf8) + [UInt8](repeating: 0, count: 40)
        #expect(throws: NiangjiaError.self) { try removed(lying) }
    }

    @Test(
        "A picture of more than 50 megapixels is refused, by what its head says, PNG and JPEG alike",
        arguments: [(60_000, 60_000, true), (10_000, 5_001, true), (10_000, 5_000, false), (8_000, 6_000, false)])
    func pixels(width: Int, height: Int, isRefused: Bool) throws {
        func four(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(number >> (24 - 8 * $0) & 255) } }
        let png =
            Self.signature + Self.chunk("IHDR", four(width) + four(height) + [8, 2, 0, 0, 0])
            + Self.chunk("IDAT", [9]) + Self.chunk("IEND", [])
        let frame = Self.segment(0xC2, [8] + four(height).suffix(2) + four(width).suffix(2) + [1, 1, 0x11, 0])
        let jpeg = [0xFF, 0xD8] + Self.jfif + Self.tables + frame + Self.scan + [0xFF, 0xD9]
        for picture in [png, jpeg] {
            if isRefused {
                #expect(throws: NiangjiaError.self) { try removed(picture) }
            } else {
                #expect(try removed(picture) == picture)
            }
        }
    }

    @Test("What is kept as evidence has been cleaned, whoever hands it in")
    func kept() async throws {
        let city = try await TestCity(approved: false)
        let given = [0xFF, 0xD8] + Self.jfif + Self.exif(1, isLittle: true) + Self.tables + Self.scan + [0xFF, 0xD9]
        let name = try await city.host.evidence.add(given, by: "office")
        #expect(try await city.host.evidence.content(name) == removed(given))
        try await city.host.close()
    }
}
