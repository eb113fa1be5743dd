/// A Unicode property that `\p{…}` can name: a general category or a binary property.
///
/// Scripts are not offered: Swift's standard library has no table of them.
struct ScalarProperty: Sendable {
    let holds: @Sendable (Unicode.Scalar) -> Bool

    /// The property of a name such as `Letter`, `Lu`, `General_Category=Nd` or `Alphabetic`.
    init?(named name: String) {
        var name = name
        for prefix in ["General_Category=", "gc="] where name.hasPrefix(prefix) {
            name.removeFirst(prefix.count)
        }
        if let abbreviations = Self.categories[name] {
            holds = { abbreviations.contains(Self.abbreviation($0.properties.generalCategory)) }
        } else if let test = Self.binary[name] {
            holds = test
        } else {
            return nil
        }
    }

    private static let binary: [String: @Sendable (Unicode.Scalar) -> Bool] = [
        "Any": { _ in true }, "ASCII": { $0.isASCII },
        "Alphabetic": { $0.properties.isAlphabetic }, "Alpha": { $0.properties.isAlphabetic },
        "Lowercase": { $0.properties.isLowercase }, "Lower": { $0.properties.isLowercase },
        "Uppercase": { $0.properties.isUppercase }, "Upper": { $0.properties.isUppercase },
        "White_Space": { $0.properties.isWhitespace }, "space": { $0.properties.isWhitespace },
        "ID_Start": { $0.properties.isIDStart }, "ID_Continue": { $0.properties.isIDContinue },
        "Emoji": { $0.properties.isEmoji }, "Ideographic": { $0.properties.isIdeographic },
        "Emoji_Presentation": { $0.properties.isEmojiPresentation },
        "ASCII_Hex_Digit": { $0.properties.isASCIIHexDigit },
        "Hex_Digit": { $0.properties.isHexDigit }, "Math": { $0.properties.isMath },
    ]

    /// The groups and long names of general categories (ECMA-262, PropertyValueAliases), with the
    /// abbreviations of the categories they hold.
    private static let categories: [String: [String]] = {
        let lines: [(names: String, members: String)] = [
            ("L Letter", "Lu Ll Lt Lm Lo"), ("LC Cased_Letter", "Lu Ll Lt"),
            ("Lu Uppercase_Letter", "Lu"),
            ("Ll Lowercase_Letter", "Ll"), ("Lt Titlecase_Letter", "Lt"),
            ("Lm Modifier_Letter", "Lm"),
            ("Lo Other_Letter", "Lo"), ("M Mark Combining_Mark", "Mn Mc Me"),
            ("Mn Nonspacing_Mark", "Mn"), ("Mc Spacing_Mark", "Mc"), ("Me Enclosing_Mark", "Me"),
            ("N Number", "Nd Nl No"), ("Nd Decimal_Number digit", "Nd"), ("Nl Letter_Number", "Nl"),
            ("No Other_Number", "No"), ("P Punctuation punct", "Pc Pd Ps Pe Pi Pf Po"),
            ("Pc Connector_Punctuation", "Pc"), ("Pd Dash_Punctuation", "Pd"),
            ("Ps Open_Punctuation", "Ps"), ("Pe Close_Punctuation", "Pe"),
            ("Pi Initial_Punctuation", "Pi"), ("Pf Final_Punctuation", "Pf"),
            ("Po Other_Punctuation", "Po"), ("S Symbol", "Sm Sc Sk So"), ("Sm Math_Symbol", "Sm"),
            ("Sc Currency_Symbol", "Sc"), ("Sk Modifier_Symbol", "Sk"), ("So Other_Symbol", "So"),
            ("Z Separator", "Zs Zl Zp"), ("Zs Space_Separator", "Zs"), ("Zl Line_Separator", "Zl"),
            ("Zp Paragraph_Separator", "Zp"), ("C Other", "Cc Cf Cs Co Cn"),
            ("Cc Control cntrl", "Cc"),
            ("Cf Format", "Cf"), ("Cs Surrogate", "Cs"), ("Co Private_Use", "Co"),
            ("Cn Unassigned", "Cn"),
        ]
        var table: [String: [String]] = [:]
        for line in lines {
            let members = line.members.split(separator: " ").map(String.init)
            for name in line.names.split(separator: " ") { table[String(name)] = members }
        }
        return table
    }()

    private static func abbreviation(_ category: Unicode.GeneralCategory) -> String {
        switch category {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark: "Mn"
        case .spacingMark: "Mc"
        case .enclosingMark: "Me"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .initialPunctuation: "Pi"
        case .finalPunctuation: "Pf"
        case .otherPunctuation: "Po"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .otherSymbol: "So"
        case .spaceSeparator: "Zs"
        case .lineSeparator: "Zl"
        case .paragraphSeparator: "Zp"
        case .control: "Cc"
        case .format: "Cf"
        case .surrogate: "Cs"
        case .privateUse: "Co"
        case .unassigned: "Cn"
        @unknown default: "Cn"
        }
    }
}
