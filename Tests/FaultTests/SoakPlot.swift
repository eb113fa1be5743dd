import Foundation

/// The samples of a soak as a table and as a picture, one strip a measure.
enum SoakPlot {
    static func csv(_ samples: [SoakSample]) -> String {
        ([SoakSample.columns.joined(separator: ",")]
            + samples.map { $0.values.map { String(format: "%.1f", $0) }.joined(separator: ",") })
            .joined(separator: "\n") + "\n"
    }

    static func svg(_ samples: [SoakSample]) -> String {
        let measures = Array(SoakSample.columns.enumerated().dropFirst())
        let width = 900.0
        let strip = 130.0
        let end = max(1, samples.last?.seconds ?? 1)
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" width="960" \
            height="\(Int(strip) * measures.count + 20)" font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="white"/>

            """
        for (number, (column, name)) in measures.enumerated() {
            let most = max(1, samples.map { $0.values[column] }.max() ?? 1)
            let bottom = strip * Double(number + 1)
            let points = samples.map { sample in
                let x = 30 + sample.seconds / end * width
                let y = bottom - sample.values[column] / most * (strip - 30)
                return String(format: "%.1f,%.1f", x, y)
            }.joined(separator: " ")
            text += """
                <line x1="30" y1="\(bottom)" x2="930" y2="\(bottom)" stroke="#bbb"/>
                <text x="34" y="\(bottom - strip + 24)">\(name), 0 to \(String(format: "%.0f", most))</text>
                <polyline points="\(points)" fill="none" stroke="#1f5fa8" stroke-width="1.2"/>

                """
        }
        return text + "</svg>\n"
    }
}
