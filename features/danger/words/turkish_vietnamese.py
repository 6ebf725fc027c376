"""Turkish and Vietnamese words of danger; in Vietnamese the accents tell words apart."""

from typing import Final

from features.danger.lexicon import Words

TURKISH: Final = Words(
    language="tr",
    concepts={
        "PERSON": "müşteri* kişi* insan* çocu* kadın* adam* personel* çalışan* arkadaş* eleman* bebek* yaşlı* biri "
        "birisi kasiyer* hanım bey şoför*",
        "PLACE": "asansör* dolap* oda* tuvalet* dondurucu* depo* kabin*",
        "WIRE": "kablo* tel teller telleri",
        "ELECTRIC": "pano* priz* elektrik* sigorta* fiş trafo*",
        "WATER": "su suyu sular akıyor damlıyor yağmur ıslak",
        "ABOVE": "tavan* çatı* raf raflar rafı duvar* tabela* kolon* kiriş* vitrin*",
    },
    dangers={
        "smoke_fire": "duman|dumanı|dumanlar|dumanlı|tütüyor|tütmeye\nyangın|yangını|yanıyor|alev|alevler|alevlen*|tutuş*|kundak*\nyanık "
        "~3 koku*|kokuyor\nitfaiye\ntahliye",
        "gas_leak": "gaz|doğalgaz|tüp ~3 koku*|kaçağ*|kaçak|sızıntı*|sız*|kaçırıyor\nkarbonmonoksit",
        "explosion": "patlad*|patlıyor ~3 kazan|tüp|kompresör|batarya|akü|trafo|fırın|bomba\npatlama|infilak\nkazan "
        "patladı",
        "electrical": "kıvılcım*\nkısa devre\nelektrik ~2 "
        "çarp*|çarptı|kaçağ*|kaçak\ncereyan\nçıplak|açıkta|sarkı*|soyulmuş ~3 WIRE\nWATER ~3 ELECTRIC",
        "entrapment": "mahsur|kilitli|sıkış*|kapalı|kald* ~3 asansör*\nmahsur\nsıkış*|kilitli ~5 PERSON\nçıkam*",
        "collapse": "çök*|yıkıl*|göç*|devril*|düş* ~3 ABOVE\nçöktü|yıkıldı|devrilmek|yıkılmak\ndüş*|devril* ~2 üzere",
        "glass": "cam|camı|camlar|vitrin|ayna ~3 kır*|patla*|çatla*|parça*\ncam parça*",
        "injury": "forklift*|transpalet*|kamyon ~5 "
        "çarp*|devril*|ezdi|sıkıştır*\nyaral*|kan|kanıyor|kanama|kanlı|bayıl*|baygın|bilinc*|ambulans|öldü|ölü\nyanık "
        "~3 el*|PERSON\nkalp ~2 krizi\nkay* ~2 düş*\ndüştü ~3 PERSON\nkesti|kesildi ~3 "
        "el*|parmağ*|parmak\nnefes\nzehirlen*|baş* ~1 dön*|kusu*\nyaraland*",
        "trip": "kaygan|buzlanma",
        "chemical": "amonyak|zehir*|kimyasal* ~4 dök*|sız*|koku*\nasit|klor ~3 dök*|sız*|karış*\nöksür*",
        "egress_blocked": "acil ~1 çıkış* ~4 kapalı|kilitli|tıkalı|açılmıyor|engel*|önü\nyangın ~1 çıkış* ~4 "
        "kapalı|kilitli|tıkalı|açılmıyor|önü",
        "flood": "su ~2 bast*|basıyor\nsel|lağım|kanalizasyon\nboru* ~2 patla*",
        "violence": "bıçak*|silah*|tabanca* ~5 "
        "PERSON|ile|var|çekti|tehdit\ntehdit|soygun|soyuyor*|hırsız|hırsızlar|bomba|rehin|saldır*|dövdü|kavga",
        "unsafe": "tehlike*|imdat\nyardım edin",
        "contamination": "salmonella|listeria|kurtlu|bulaş*",
        "recall": "geri ~1 çağ* ~3 ürün*|parti*",
    },
    harmless="duman ~1 dedektör* ~5 pil*|değiş*|test*\nyangın ~1 tüp* ~4 bakım*|dolum*|kontrol*\nyangın alarm* ~3 test*|yapıldı\nampul* ~2 patl*\nsigara içilmez\nfüme somon*|et|balık|hindi|peynir|ürün*",
    denials_after="yok değil yoktu",
    common="ve bir bu var yok için ile de da çok mi ne kapı su ışık lamba kırık bozuk çalışmıyor ofis dükkan mağaza "
    "ampul patlak değişsin musluk damlatıyor gıcırdıyor pili değişecek bakımı yazıcıda kağıt klima ses yapıyor araba "
    "tekerleği duvarı boyanacak dolap contası eskimiş levhası düştü testi yapıldı geliyor çıkıyor",
)

VIETNAMESE: Final = Words(
    language="vi",
    accents_matter=True,
    concepts={
        "SMELL": "mùi hôi ngửi",
        "PERSON": "khách người nhân đồng trẻ bé em cô chú bà ông anh chị ai",
        "LIFT": "thang kho phòng tủ máy cửa",
        "STUCK": "kẹt nhốt mắc",
    },
    dangers={
        "smoke_fire": "cháy\nkhói\nhỏa hoạn\nhoả hoạn\nkhét\nlửa\nphát hỏa\ncứu hỏa",
        "gas_leak": "mùi ga|gas|khí\nrò rỉ ~2 ga|gas|khí\nrò|xì ~2 ga|gas\nkhí ~2 độc\nmui gas|ga\nro ri ~2 gas|ga",
        "explosion": "nổ ~3 nồi|bình|máy|lò|pin|lớn\nphát nổ\nbị nổ",
        "electrical": "điện ~1 giật|giựt\ngiật ~2 điện\ntóe|toé|tóe lửa\ntia lửa\nchập ~2 điện|mạch\nchạm ~2 điện\ndây "
        "~2 điện ~3 hở|trần|đứt|lòi\nrò điện\nhở điện\nnước ~5 tủ|ổ|bảng|hộp điện\nnước ~4 ổ cắm",
        "entrapment": "STUCK ~4 LIFT\nSTUCK ~4 PERSON\nmắc kẹt\nkhông ~2 ra ~1 được",
        "collapse": "sập\nđổ ~4 kệ|tường|trần|mái|cây|giá\nrơi ~4 trần|kính|biển|trúng\nsắp ~2 đổ|rơi|sập",
        "glass": "kính ~2 vỡ|bể\nvỡ ~2 kính\nmảnh kính|thủy|chai",
        "injury": "xe nâng ~4 đâm|tông|cán|lật|va|đè|húc\nthương ~2 bị\nbị thương\nchấn thương\nchảy "
        "máu\nmáu\nngất\nbất tỉnh\ncấp cứu\ntrượt ~2 ngã\nngã ~3 PERSON\nđứt tay|ngón\nbỏng\nkhó thở\nchết ~3 "
        "người\nchóng mặt\nbuồn nôn",
        "trip": "trơn trượt",
        "chemical": "amoniac|amôniắc|amoniắc\nhóa|hoá chất ~4 tràn|đổ|rò|mùi\ntràn ~2 hóa|hoá chất\nđộc ~2 "
        "khí|hại|chất\nngộ độc\naxit",
        "egress_blocked": "thoát hiểm ~5 chặn|khóa|khoá|kẹt|bịt|không",
        "flood": "ngập\nlụt\nvỡ ~2 ống\nnước thải",
        "violence": "dao|súng ~4 có|cầm|dọa|đe\nđe dọa|doạ\ncướp\nbom\nbắn\nđánh ~2 người|nhau|nhân\ntrộm",
        "unsafe": "nguy hiểm\nnguy cấp\ncứu ~2 với|tôi",
        "contamination": "nhiễm khuẩn|bẩn|độc\nsalmonella|listeria",
        "recall": "thu hồi ~3 sản|lô|hàng",
    },
    harmless="báo khói|cháy\nchữa cháy\nhun khói\nxông khói\nchuông báo cháy\nbóng đèn ~2 cháy\nphòng cháy\ncấm lửa",
    denials="không chẳng chưa",
    common="bị có và của trong ở tại cho với là các một không được này đã đang sau trên gần bóng đèn hỏng lối vòi nước "
    "nhỏ giọt cửa kêu thay pin đầu kiểm tra bình hàng năm máy in hết giấy điều hòa to bánh xe đẩy gãy sơn lại tường "
    "văn gioăng tủ lạnh mòn biển cấm hút thuốc rơi thử đạt khách nhân viên",
)
