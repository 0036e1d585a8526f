import Foundation

/// The frame in which a coordinate was taken. It is asked for on import, never guessed: frames lie 300 to 600 m apart.
public enum CoordinateFrame: String, Sendable, Hashable, CaseIterable {
    /// GPS.
    case wgs84
    /// China's official frame; equal to WGS-84 for this purpose.
    case cgcs2000
    /// The shifted frame of Amap and Tencent.
    case gcj02
    /// Baidu's frame, one more shift.
    case bd09
}

/// A place on earth in degrees, with the frame it was taken in; the original is kept and converted on output.
public struct Coordinate: Hashable, Sendable {
    /// Degrees north, −90…90.
    public var latitude: Double
    /// Degrees east, −180…180.
    public var longitude: Double
    /// What the degrees count in.
    public var frame: CoordinateFrame

    /// Nil when the numbers lie outside their ranges.
    public init?(latitude: Double, longitude: Double, frame: CoordinateFrame) {
        guard (-90...90).contains(latitude), (-180...180).contains(longitude) else { return nil }
        self.init(lat: latitude, lon: longitude, frame)
    }

    private init(lat: Double, lon: Double, _ frame: CoordinateFrame) {
        latitude = lat
        longitude = lon
        self.frame = frame
    }

    /// Where the shift of GCJ-02 applies. The usual rectangle includes other countries; a host sets its own service area.
    public struct ServiceArea: Hashable, Sendable {
        /// Degrees north.
        public var latitudes: ClosedRange<Double>
        /// Degrees east.
        public var longitudes: ClosedRange<Double>

        public init(latitudes: ClosedRange<Double>, longitudes: ClosedRange<Double>) {
            self.latitudes = latitudes
            self.longitudes = longitudes
        }

        /// The rectangle in common use.
        public static let china = ServiceArea(latitudes: 0.8293...55.8271, longitudes: 72.004...137.8347)

        func contains(_ latitude: Double, _ longitude: Double) -> Bool {
            latitudes.contains(latitude) && longitudes.contains(longitude)
        }
    }

    /// The same place in another frame. Forward and back agree to far better than 1e-7 degrees.
    public func converted(to target: CoordinateFrame, in area: ServiceArea = .china) -> Coordinate {
        if frame == target { return self }
        let gps: (Double, Double) =
            switch frame {
            case .wgs84, .cgcs2000: (latitude, longitude)
            case .gcj02: Coordinate.unshifted(latitude, longitude, area)
            case .bd09: Coordinate.withoutBaidu(latitude, longitude, area)
            }
        switch target {
        case .wgs84, .cgcs2000: return Coordinate(lat: gps.0, lon: gps.1, target)
        case .gcj02:
            let shifted = Coordinate.shifted(gps.0, gps.1, area)
            return Coordinate(lat: shifted.0, lon: shifted.1, target)
        case .bd09:
            let shifted = Coordinate.shifted(gps.0, gps.1, area)
            let baidu = area.contains(gps.0, gps.1) ? Coordinate.toBaidu(shifted.0, shifted.1) : shifted
            return Coordinate(lat: baidu.0, lon: baidu.1, target)
        }
    }

    /// The mean radius of the earth in metres (IUGG R1).
    public static let earthRadius = 6_371_008.8

    /// The great-circle distance in metres (haversine), both places taken in WGS-84.
    public func metres(to other: Coordinate) -> Double {
        let a = converted(to: .wgs84)
        let b = other.converted(to: .wgs84)
        let radians = Double.pi / 180
        let dLat = (b.latitude - a.latitude) * radians
        let dLon = (b.longitude - a.longitude) * radians
        let h =
            sin(dLat / 2) * sin(dLat / 2)
            + cos(a.latitude * radians) * cos(b.latitude * radians) * sin(dLon / 2) * sin(dLon / 2)
        return 2 * Coordinate.earthRadius * asin(min(1, h.squareRoot()))
    }

    // MARK: the public approximation of the shift

    private static let axis = 6_378_245.0
    private static let eccentricity = 0.00669342162296594323

    private static func shifted(_ lat: Double, _ lon: Double, _ area: ServiceArea) -> (Double, Double) {
        guard area.contains(lat, lon) else { return (lat, lon) }
        let (dLat, dLon) = shift(lat, lon)
        return (lat + dLat, lon + dLon)
    }

    private static func shift(_ lat: Double, _ lon: Double) -> (Double, Double) {
        let x = lon - 105
        let y = lat - 35
        let common = (20 * sin(6 * x * .pi) + 20 * sin(2 * x * .pi)) * 2 / 3
        var dLat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * abs(x).squareRoot() + common
        dLat += (20 * sin(y * .pi) + 40 * sin(y / 3 * .pi)) * 2 / 3
        dLat += (160 * sin(y / 12 * .pi) + 320 * sin(y * .pi / 30)) * 2 / 3
        var dLon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * abs(x).squareRoot() + common
        dLon += (20 * sin(x * .pi) + 40 * sin(x / 3 * .pi)) * 2 / 3
        dLon += (150 * sin(x / 12 * .pi) + 300 * sin(x / 30 * .pi)) * 2 / 3
        let radians = lat / 180 * .pi
        let magic = 1 - eccentricity * sin(radians) * sin(radians)
        let root = magic.squareRoot()
        dLat = dLat * 180 / ((axis * (1 - eccentricity)) / (magic * root) * .pi)
        dLon = dLon * 180 / (axis / root * cos(radians) * .pi)
        return (dLat, dLon)
    }

    /// The inverse by iteration: each step takes off what the last guess is wrong by.
    private static func unshifted(_ lat: Double, _ lon: Double, _ area: ServiceArea) -> (Double, Double) {
        guard area.contains(lat, lon) else { return (lat, lon) }
        var guess = (lat, lon)
        for _ in 0..<20 {
            let there = shifted(guess.0, guess.1, area)
            let wrong = (there.0 - lat, there.1 - lon)
            guess = (guess.0 - wrong.0, guess.1 - wrong.1)
            if abs(wrong.0) < 1e-12, abs(wrong.1) < 1e-12 { break }
        }
        return guess
    }

    private static let baiduFactor = Double.pi * 3000 / 180

    private static func toBaidu(_ lat: Double, _ lon: Double) -> (Double, Double) {
        let z = (lon * lon + lat * lat).squareRoot() + 0.00002 * sin(lat * baiduFactor)
        let theta = atan2(lat, lon) + 0.000003 * cos(lon * baiduFactor)
        return (z * sin(theta) + 0.006, z * cos(theta) + 0.0065)
    }

    private static func withoutBaidu(_ lat: Double, _ lon: Double, _ area: ServiceArea) -> (Double, Double) {
        guard area.contains(lat, lon) else { return (lat, lon) }
        var guess = (lat - 0.006, lon - 0.0065)
        for _ in 0..<20 {
            let there = toBaidu(guess.0, guess.1)
            let wrong = (there.0 - lat, there.1 - lon)
            guess = (guess.0 - wrong.0, guess.1 - wrong.1)
            if abs(wrong.0) < 1e-12, abs(wrong.1) < 1e-12 { break }
        }
        return unshifted(guess.0, guess.1, area)
    }
}
