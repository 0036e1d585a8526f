import NiangjiaCore

/// Photographs without what they tell beside the picture: where and when they were taken, with which camera, by whom, and what
/// thumbnails and trailers still show. The picture itself is kept to the byte.
///
/// JPEG (ITU-T T.81, Exif 2.32): every APPn segment but APP0 (JFIF), APP2 with an ICC profile and APP14 (Adobe, how colours are
/// coded), every comment, and whatever comes after the end of the image go; the orientation stays, for a picture would lie on its
/// side otherwise. PNG (ISO/IEC 15948, third edition): only the chunks that make the picture stay.
enum PhotoMetadata {
    /// The most pixels of a picture: a few bytes that unfold to gigabytes would harm whoever opens them.
    static let mostPixels = 50_000_000

    /// Throws `invalid` for a file that isn't built as its type says: nobody knows then what it holds.
    static func removed(from content: [UInt8], type: EvidenceType) throws -> [UInt8] {
        switch type {
        case .pdf: return content
        case .jpeg: return try jpeg(content)
        case .png: return try png(content)
        }
    }

    private static let broken = NiangjiaError(
        .invalid, zh: "照片文件不完整或已损坏,请重新拍摄或另存后上传。",
        en: "The picture is incomplete or damaged: take it again, or save it anew.", place: "/file")

    private static func checkPixels(_ width: Int, _ height: Int) throws {
        guard width * height <= mostPixels else {
            throw NiangjiaError(
                .invalid, zh: "照片为 \(width)×\(height) 像素,超过 5000 万像素:请缩小后上传。",
                en: "The picture has \(width)×\(height) pixels, more than 50 megapixels: make it smaller.",
                place: "/file")
        }
    }

    // MARK: JPEG

    private static func jpeg(_ bytes: [UInt8]) throws -> [UInt8] {
        var out: [UInt8] = [0xFF, 0xD8]
        var (at, orientation, hasScan, placed) = (2, UInt8(1), false, false)
        while true {
            // A marker may be preceded by any number of fill bytes.
            guard at < bytes.count, bytes[at] == 0xFF else { throw broken }
            while at < bytes.count, bytes[at] == 0xFF { at += 1 }
            guard at < bytes.count else { throw broken }
            let marker = bytes[at]
            at += 1
            if marker == 0xD9 {
                guard hasScan else { throw broken }
                return out + [0xFF, 0xD9]
            }
            guard marker != 0x00, !(0xD0...0xD8).contains(marker), at + 2 <= bytes.count else { throw broken }
            if marker == 0x01 { continue }
            let length = Int(bytes[at]) << 8 | Int(bytes[at + 1])
            guard length >= 2, at + length <= bytes.count else { throw broken }
            let segment = bytes[(at + 2)..<(at + length)]
            // A frame's header: precision, height, width (T.81 §B.2.2); C4, C8 and CC are other segments.
            if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
                guard segment.count >= 5 else { throw broken }
                let size = Array(segment.prefix(5)).map { Int($0) }
                try checkPixels(size[3] << 8 | size[4], size[1] << 8 | size[2])
            }
            if marker == 0xE1, let found = exifOrientation(segment) { orientation = found }
            if isKept(marker, segment) {
                // The orientation stands before everything but JFIF's own segment.
                if marker != 0xE0, !placed {
                    placed = true
                    if orientation != 1 { out += exif(orientation) }
                }
                out += marker == 0xE0 ? jfif(segment) : [0xFF, marker] + bytes[at..<(at + length)]
            }
            at += length
            guard marker == 0xDA else { continue }
            hasScan = true
            let end = scanEnd(bytes, from: at)
            out += bytes[at..<end]
            at = end
        }
    }

    private static func isKept(_ marker: UInt8, _ segment: ArraySlice<UInt8>) -> Bool {
        switch marker {
        case 0xE0: segment.starts(with: Array("JFIF\0".utf8)) && segment.count >= 14
        case 0xE2: segment.starts(with: Array("ICC_PROFILE\0".utf8))
        case 0xEE: segment.starts(with: Array("Adobe".utf8))
        // Tables, frames, scans, restarts, lines; of what else there may be nothing is needed for the picture.
        case 0xC0...0xCF, 0xDA...0xDD: marker != 0xC8
        default: false
        }
    }

    /// What JFIF says of the picture, without the thumbnail that it may carry (JFIF 1.02: both of its sides are the last bytes).
    private static func jfif(_ segment: ArraySlice<UInt8>) -> [UInt8] {
        [0xFF, 0xE0, 0, 16] + segment.prefix(12) + [0, 0]
    }

    /// Where coded data end: at a marker that is neither a stuffed byte nor a restart.
    private static func scanEnd(_ bytes: [UInt8], from start: Int) -> Int {
        var at = start
        while at + 1 < bytes.count {
            if bytes[at] == 0xFF, bytes[at + 1] != 0x00, !(0xD0...0xD7).contains(bytes[at + 1]) { return at }
            at += 1
        }
        return bytes.count
    }

    /// The orientation in an Exif segment, 1 to 8; nil where there is none.
    private static func exifOrientation(_ segment: ArraySlice<UInt8>) -> UInt8? {
        guard segment.starts(with: Array("Exif\0\0".utf8)) else { return nil }
        let tiff = Array(segment.dropFirst(6))
        guard tiff.count >= 8 else { return nil }
        let isLittle = tiff[0] == 0x49
        func number(_ at: Int, _ size: Int) -> Int? {
            guard at >= 0, at + size <= tiff.count else { return nil }
            let own = isLittle ? Array(tiff[at..<(at + size)].reversed()) : Array(tiff[at..<(at + size)])
            return own.reduce(0) { $0 << 8 | Int($1) }
        }
        guard let first = number(4, 4), let count = number(first, 2) else { return nil }
        for n in 0..<count {
            let entry = first + 2 + n * 12
            guard let tag = number(entry, 2) else { return nil }
            if tag == 0x0112, let value = number(entry + 8, 2), (1...8).contains(value) { return UInt8(value) }
        }
        return nil
    }

    /// An Exif segment that says how the picture stands, and nothing else.
    private static func exif(_ orientation: UInt8) -> [UInt8] {
        let tiff: [UInt8] = [
            0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0,
        ]
        let body = Array("Exif\0\0".utf8) + tiff
        let length = body.count + 2
        return [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + body
    }

    // MARK: PNG

    /// Chunks that make the picture, or say how its colours and times of animation are meant.
    private static let pictureChunks: Set<String> = [
        "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "mDCV", "cLLI", "bKGD",
        "pHYs", "hIST", "sPLT", "acTL", "fcTL", "fdAT",
    ]

    private static func png(_ bytes: [UInt8]) throws -> [UInt8] {
        var out = Array(bytes.prefix(8))
        var at = 8
        var isFirst = true
        while true {
            guard at + 12 <= bytes.count else { throw broken }
            let length = bytes[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) }
            guard length <= bytes.count - at - 12 else { throw broken }
            let name = String(decoding: bytes[(at + 4)..<(at + 8)], as: UTF8.self)
            guard isFirst == (name == "IHDR") else { throw broken }
            if isFirst {
                // Width and height, four bytes each (ISO/IEC 15948 §11.2.2).
                guard length >= 8 else { throw broken }
                let size = [bytes[(at + 8)..<(at + 12)], bytes[(at + 12)..<(at + 16)]].map {
                    $0.reduce(0) { $0 << 8 | Int($1) }
                }
                guard size.allSatisfy({ $0 <= Int(Int32.max) }) else { throw broken }
                try checkPixels(size[0], size[1])
            }
            isFirst = false
            let end = at + 12 + length
            // The end is empty: what lies in it is no part of the picture.
            guard name != "IEND" || length == 0 else { throw broken }
            if pictureChunks.contains(name) { out += bytes[at..<end] }
            if name == "IEND" { return out }
            at = end
        }
    }
}
