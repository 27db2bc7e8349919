"""What content systems write under and beside texts, in the languages of newsrooms; lower-case, without arrows and full stops."""


def phrases(text: str, parted_by: str | None = "|") -> frozenset[str]:
    """Return the phrases of a text that lists them."""
    return frozenset(phrase.strip() for phrase in text.split(parted_by))


RTL_ARROWS = "←‹«"
READ_MORE = phrases(
    """
    read more | read the full story | read the full article | read full story | read full article | read the whole story | read the rest
    | read the full post | read the rest of this entry | read the rest of this post | continue reading | keep reading | learn more
    | click here to read more | click here to continue reading | more | view post | view article | full story | full article
    | weiterlesen | mehr lesen | weiter lesen | den ganzen artikel lesen | zum artikel | mehr dazu | mehr erfahren
    | lire la suite | continuer la lecture | continuer la lecture de | lire plus | en savoir plus | lire l'article | lire l’article
    | leer más | seguir leyendo | sigue leyendo | continuar leyendo | continúa leyendo | leer la noticia completa | leer noticia completa
    | ver más | leggi tutto | continua a leggere | leggi di più | continua la lettura | leggi l'articolo | leggi l’articolo
    | leia mais | continue lendo | continuar lendo | ler mais | continue a ler | continuar a ler | saiba mais | leia também
    | devamını oku | devamı | okumaya devam et | daha fazla oku | devamı için tıklayın
    | ardını oxu | davamını oxu | ətraflı oxu | daha ətraflı | davamı | ətraflı
    | читать далее | читать дальше | читать полностью | подробнее | далее | читати далі | читати більше | детальніше
    | lees meer | lees verder | verder lezen | läs mer | läs vidare | les mer | les videre | læs mere | læs videre | lue lisää
    | czytaj dalej | czytaj więcej | číst dále | číst více | citește mai mult | citește mai departe | tovább olvasom | olvass tovább
    | llegir més | continua llegint | διαβάστε περισσότερα | συνέχεια | baca selengkapnya | xem thêm | đọc tiếp
    | اقرأ المزيد | إقرأ المزيد | اقرأ أيضا | اقرأ أيضاً | المزيد | تابع القراءة | أكمل القراءة | ادامه مطلب | بیشتر بخوانید
    | קרא עוד | קראו עוד | המשך קריאה | להמשך קריאה | 続きを読む | 続きはこちら | もっと読む | もっと見る
    | 阅读更多 | 阅读全文 | 继续阅读 | 查看更多 | 閱讀更多 | 閱讀全文 | 繼續閱讀 | 더 보기 | 더 읽기 | 계속 읽기 | 자세히 보기
    | related | see also | read also | also read | lesen sie auch | lire aussi | à lire aussi | lee también | lea también | leggi anche
    | te puede interesar | читайте также | читайте також | lees ook | läs också | ayrıca okuyun | קראו גם | قد يهمك أيضا
    | और पढ़ें | अधिक पढ़ें | อ่านต่อ | อ่านเพิ่มเติม
    """
)
WIDGETS = phrases(
    """
    leave a comment | leave a reply | add a comment | add comment | no comments | no comments yet | post a comment | comments are closed
    | deja un comentario | dejar un comentario | sin comentarios | kommentar hinterlassen | schreibe einen kommentar | keine kommentare
    | laisser un commentaire | aucun commentaire | deixe um comentário | sem comentários | nenhum comentário | lascia un commento
    | nessun commento | yorum yap | yorum yapın | yorum bırakın | yorum yok | şərh yaz | şərh yoxdur | добавить комментарий
    | оставить комментарий | нет комментариев | أضف تعليقا | أضف تعليقاً | اترك تعليقا | اترك تعليقاً | لا تعليقات | השארת תגובה | אין תגובות
    | コメントを残す | コメントする | 发表评论 | 發表留言 | 发表回复
    | share this | share | tweet | email | e-mail | print | like this | loading | related | related posts | related articles | like loading
    | teilen | teilen mit | partager | compartir | compártelo | comparte esto | compartilhar | compartilhe | compartilhe isso | condividi
    | paylaş | paylaşın | bunu paylaş | поделиться | шарить | شارك | شارك هذا الموضوع | مشاركة | שתפו | שיתוף | 共有 | シェア | 分享 | 공유
    | advertisement | advertisements | sponsored | anzeige | werbung | publicidad | publicité | publicidade | pubblicità | reklam | реклама
    | إعلان | פרסומת | 広告 | 广告 | 廣告 | 광고 | image | photo | video | listen to this article | listen to this story
    """
)
THINGS_COUNTED = (
    "comments?|comentarios?|kommentare?|commentaires?|comentários?|commenti|commento|reacties|yorum(?:lar)?|şərh(?:lər)?"
    "|комментари[йяев]+|коментар[іьів]*|تعليق(?:ات)?|תגובות|コメント|条评论|則留言|评论|댓글|views|shares|likes|vistas|visualizações"
    "|visualizzazioni|vues|aufrufe"
)
CREDITS = (
    "photos?|photo (?:credit|courtesy|by)s?|photographs?|photograph by|photo courtesy of|images?|image (?:credit|source)s?|pictures?"
    "|credits?"
    "|fotos?|fotografía|imagen|imágenes|créditos?|bild(?:er)?|bildquelle|bildnachweis|crédits? photos?|photographie|immagine|foto di|imagem"
    "|fotoğraf|görsel|şəkil|фото|фотография|иллюстрация|зображення|الصورة|صورة|تصوير|צילום|תמונה|写真|撮影|画像|图|图片|圖|圖片|摄影|사진"
)
# The sentence that feeds of WordPress sites end with: what it says, and how it begins where that is known.
FIRST_APPEARED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("appeared first on", ("the post ", "this post ", "the article ", "the story ")),
    ("first appeared on", ("the post ", "this post ", "the article ", "this article ", "the story ", "this story ")),
    ("originally appeared on", ("this post ", "this article ", "this story ", "the post ")),
    ("originally published on", ("this post ", "this article ", "this story ", "the post ")),
    ("was first published on", ("this post ", "this article ", "this story ", "the post ")),
    ("erschien zuerst auf", ("der beitrag ", "der artikel ")),
    ("se publicó primero en", ("la entrada ", "el artículo ", "la noticia ")),
    ("aparece primero en", ("la entrada ", "el artículo ", "la noticia ")),
    ("apareció primero en", ("la entrada ", "el artículo ", "la noticia ")),
    ("est apparu en premier sur", ("l'article ", "l’article ", "cet article ", "le post ")),
    ("a été publié en premier sur", ("l'article ", "l’article ", "cet article ")),
    ("apareceu primeiro em", ("o post ", "o artigo ", "o conteúdo ", "a notícia ")),
    ("aparece primeiro em", ("o post ", "o artigo ", "o conteúdo ", "a notícia ")),
    ("proviene da", ("l'articolo ", "l’articolo ", "il post ")),
    ("sembra essere il primo su", ("l'articolo ", "l’articolo ", "il post ")),
    ("üzerinde ortaya çıktı", ()),
    ("ilk olarak şurada yayınlandı", ()),
    ("yazısı ilk önce", ()),
    ("yazısı ilk olarak", ()),
    ("yazısı ilk dəfə", ()),
    ("впервые появил", ("запись ", "сообщение ", "статья ", "пост ")),
    ("появились сначала на", ("запись ", "сообщение ", "статья ", "пост ")),
    ("спершу з'явив", ("запис ", "повідомлення ", "стаття ", "допис ")),
    ("вперше з'явив", ("запис ", "повідомлення ", "стаття ", "допис ")),
    ("verscheen eerst op", ("het bericht ", "het artikel ")),
    ("pochodzi z serwisu", ("artykuł ", "wpis ")),
    ("dök först upp på", ("inlägget ",)),
    ("dukket først opp på", ("innlegget ",)),
    ("blev først udgivet på", ("indlægget ",)),
    ("ilmestyi ensin", ("artikkeli ", "julkaisu ")),
    ("pochází z", ("příspěvek ",)),
    ("se nejdříve objevil na", ("příspěvek ",)),
    ("apare prima dată în", ("articolul ", "postarea ")),
    ("ha aparegut primer a", ("l'entrada ", "l’entrada ")),
    ("pertama kali tampil pada", ("artikel ", "postingan ")),
    ("xuất hiện đầu tiên", ("bài viết ",)),
    ("εμφανίστηκε πρώτα στο", ("το ", "η ")),
    ("أولاً على", ("ظهرت المقالة ", "ظهر المقال ", "المقالة ")),
    ("اولین بار در", ("نوشته ",)),
    ("לראשונה ב", ("הפוסט ", "המאמר ", "הכתבה ")),
    ("に最初に表示されました", ("投稿 ", "投稿")),
    ("最先出现在", ()),
    ("最先出現在", ()),
    ("에 처음 등장했습니다", ()),
)
